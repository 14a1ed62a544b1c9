package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"knotsandbox/fixtures"
	"knotsandbox/journal"
	"knotsandbox/knot"
	"knotsandbox/server"
)

// settings are the flags of serve. Each can also come from the variable
// KNOT_SANDBOX_* and, but for config and client, from the configuration file.
// All are texts here, so that a bad value is refused in the same words
// wherever it comes from.
type settings struct {
	Listen       string
	Config       string
	Client       []string
	Auth         string
	Seed         string
	OutOfBand    string
	MaxBody      string
	RateLimit    string
	Fault        []string
	InlineFaults string
	Journal      string
	JournalSize  string
	Control      string
	ControlToken string
	TLS          string
	TLSDir       string
	TLSNames     string
	AddressFile  string
	LogFormat    string
	LogLevel     string
}

// flags returns a flag for each setting.
func (s *settings) flags() *pflag.FlagSet {
	f := pflag.NewFlagSet("settings", pflag.ContinueOnError)
	f.SortFlags = false
	add := func(value pflag.Value, name, help string) {
		f.Var(value, name, fmt.Sprintf("%s ($%s)", help, variable(name)))
	}
	add(text{&s.Listen, "HOST:PORT"}, "listen", "Address to listen on, or its host or port alone; port 0 is any free port. Default: 127.0.0.1:5668, or port $PORT.")
	add(text{&s.Config, "FILE"}, "config", "Configuration file (YAML).")
	add(list{&s.Client, "ID:SECRET"}, "client", "Add a client with every product, or change the secret of one; repeatable. $KNOT_CLIENT_ID and $KNOT_SECRET add one, too.")
	add(text{&s.Auth, "strict|any"}, "auth", "Whether credentials must be configured ones. Default: strict.")
	add(text{&s.Seed, "N"}, "seed", "Make session ids reproducible.")
	add(text{&s.OutOfBand, "on|off"}, "out-of-band", "Whether answers carry X-Sandbox-* headers. Default: on.")
	add(text{&s.MaxBody, "SIZE"}, "max-body", "Largest request body, in bytes or as 8MiB. Default: 8MiB.")
	add(text{&s.RateLimit, "N/min"}, "rate-limit", "How often a client may call, such as 60/min. Default: without limit.")
	add(list{&s.Fault, "RULE"}, "fault", "Arm a fault from the start, such as \"NoAccess times=2\"; repeatable.")
	add(text{&s.InlineFaults, "DOORS"}, "inline-faults", "By which doors a request can carry its own fault: all, header, value or off. Default: all.")
	add(text{&s.Journal, "N"}, "journal", "How many requests are kept of each client, for the journal. Default: 10000.")
	add(text{&s.JournalSize, "SIZE"}, "journal-size", "How much memory the journal takes in all. Default: 16MiB.")
	add(text{&s.Control, "on|off|HOST:PORT"}, "control", "Where the control API is. Default: here, if only this machine can reach it or with a token.")
	add(text{&s.ControlToken, "TOKEN"}, "control-token", "What requests to the control API have to bear.")
	add(text{&s.TLS, ""}, "tls", "Answer by HTTPS as well: on (port 5669), off or HOST:PORT, as in --tls=off. Default: off.")
	add(text{&s.TLSDir, "DIR"}, "tls-dir", "Folder of the certificate authority, made there if there is none. Default: knot-sandbox/tls in the folder for data.")
	add(text{&s.TLSNames, "NAME,NAME"}, "tls-names", "More host names for the certificate.")
	add(text{&s.AddressFile, "PATH"}, "address-file", "File with the URL in use, which the sandbox writes.")
	add(text{&s.LogFormat, "text|json"}, "log-format", "Form of the log on stderr. Default: text.")
	add(text{&s.LogLevel, "LEVEL"}, "log-level", "debug, info, warn or error. Default: info.")
	f.Lookup("tls").NoOptDefVal = "on"
	return f
}

// isList reports whether a setting can be given more than once. Its variable
// and its entry in a file have the name in the plural.
func isList(name string) bool { return name == "client" || name == "fault" }

// readSettings completes what the flags say by variables, then by the configuration file.
// It can be called again, to read a file that has changed.
func (cl *commandLine) readSettings() (*configReader, error) {
	cl.fill(nil)
	return cl.readFile(cl.settings.Config)
}

// readFile completes the settings by those of a file, if there is one.
func (cl *commandLine) readFile(path string) (*configReader, error) {
	file, content, err := cl.loadFile(path)
	if err != nil {
		return nil, usageError{err}
	}
	cl.fill(file.Settings)
	return &configReader{program: cl.program, settings: cl.settings, source: cl, file: file, content: content}, nil
}

// fill sets what no flag has set: by its variable, else by the file, else to nothing.
// Lists are gathered from all their sources elsewhere.
func (cl *commandLine) fill(file map[string]fixtures.Setting) {
	cl.flags.VisitAll(func(f *pflag.Flag) {
		if !f.Changed && !isList(f.Name) {
			_ = f.Value.Set(cmp.Or(cl.env[variable(f.Name)], file[f.Name].Text)) // takes any text
		}
	})
}

// unknownVariables returns the variables that look like settings and are none.
func (c *configReader) unknownVariables() []string {
	known := slices.Clone(completionVariables)
	for _, setting := range names(c.source.flags) {
		known = append(known, variable(setting))
	}
	var unknown []string
	for name := range c.env {
		if strings.HasPrefix(name, variablePrefix) && !slices.Contains(known, name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown
}

// completionVariables are read by the library of the command line, when a shell asks it.
var completionVariables = []string{variablePrefix + "ACTIVE_HELP", variablePrefix + "COMPLETION_DESCRIPTIONS"}

// newServer makes the sandbox that the settings describe.
func (c *configReader) newServer() (*server.Server, error) {
	config := c.read()
	if c.err != nil {
		return nil, usageError{c.err}
	}
	for _, name := range c.unknownVariables() {
		config.Log.Warn("the variable is no setting and was ignored", "variable", name)
	}
	if len(config.Clients) == 0 && !config.AnyCredentials {
		config.Log.Warn("no client is configured; every call will be AuthFailed until one is added")
	}
	s, err := server.New(config)
	if err != nil {
		return nil, c.explain(err)
	}
	return s, nil
}

// loadFile reads the configuration file, or nothing if there is none.
func (cl *commandLine) loadFile(path string) (fixtures.File, []byte, error) {
	if path == "" {
		return fixtures.File{}, nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return fixtures.File{}, nil, fmt.Errorf("config: %w", err)
	}
	file, err := fixtures.Parse(path, data)
	if err != nil {
		return fixtures.File{}, nil, fmt.Errorf("config: %w", err)
	}
	for name, s := range file.Settings {
		switch {
		case isList(name):
			return fixtures.File{}, nil, fmt.Errorf("config: %s:%d: %s: write %ss, a list", path, s.Line, name, name)
		case name == "config" || cl.flags.Lookup(name) == nil:
			return fixtures.File{}, nil, fmt.Errorf("config: %s:%d: %s: unknown setting; the settings are clients, faults, incidents, %s",
				path, s.Line, name, strings.Join(cl.fileSettings(), ", "))
		}
	}
	return file, data, nil
}

// fileSettings returns the settings that a configuration file may hold.
func (cl *commandLine) fileSettings() []string {
	return slices.DeleteFunc(names(cl.flags), func(name string) bool { return isList(name) || name == "config" })
}

// configReader turns settings into a configuration and keeps the first error.
type configReader struct {
	program
	settings
	source  *commandLine // of the settings, but for the file
	file    fixtures.File
	content []byte // of the file
	err     error
}

func (c *configReader) read() server.Config {
	return server.Config{
		Listen:         c.listen(),
		Clients:        c.clients(),
		Seed:           c.seed(),
		AnyCredentials: c.choice("auth", c.Auth, "strict", "any") == 1,
		OutOfBandOff:   c.choice("out-of-band", c.OutOfBand, "on", "off") == 1,
		MaxBody:        c.size("max-body", c.MaxBody),
		RateLimit:      c.rateLimit(),
		Faults:         c.faults(),
		Incidents:      c.incidents(),
		InlineFaults:   c.inlineFaults(),
		Journal:        c.journal(),
		Control:        c.control(),
		Version:        versionText(),
		TLS:            c.tls(),
		AddressFile:    c.AddressFile,
		Log:            c.log(),
	}
}

// fail notes that a setting has a bad value, with the place it came from.
func (c *configReader) fail(setting string, err error) {
	if c.err != nil {
		return
	}
	c.err = fmt.Errorf("%s: %w%s", setting, err, c.origin(setting))
}

// origin says where a setting came from, if it is not obvious; in the order of fill.
func (c *configReader) origin(setting string) string {
	if f := c.source.flags.Lookup(setting); f != nil && f.Changed {
		return ""
	}
	if c.env[variable(setting)] != "" {
		return fmt.Sprintf(" (from %s)", variable(setting))
	}
	if s, ok := c.file.Settings[setting]; ok {
		return fmt.Sprintf(" (from %s:%d)", c.file.Name, s.Line)
	}
	return ""
}

// list returns the items of a list setting from the environment, where they
// stand on lines of their own or between semicolons, then those of the flags.
func (c *configReader) list(setting string, flags []string) []string {
	var items []string
	for item := range strings.FieldsFuncSeq(c.env[variable(setting)], func(r rune) bool { return r == ';' || r == '\n' }) {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return append(items, flags...)
}

// clients returns the clients of the file, or else the embedded ones, with
// those of the integrator's own variables and of the setting. What comes later
// changes the secret of a client that is there.
func (c *configReader) clients() []knot.Client {
	clients := c.file.Clients
	if clients == nil {
		seed, err := fixtures.Default()
		if err != nil {
			c.fail("clients", err)
		}
		clients = seed.Clients
	}
	id, secret := c.env["KNOT_CLIENT_ID"], c.env["KNOT_SECRET"]
	switch {
	case id != "" && secret != "":
		clients = c.add(clients, "KNOT_CLIENT_ID", id, secret)
	case id != "":
		c.fail("KNOT_SECRET", errors.New("is not set, but KNOT_CLIENT_ID is"))
	case secret != "":
		c.fail("KNOT_CLIENT_ID", errors.New("is not set, but KNOT_SECRET is"))
	}
	for i, pair := range c.list("client", c.Client) {
		id, secret, ok := strings.Cut(pair, ":")
		if !ok { // it is not shown, since it may be a secret
			c.fail("client", fmt.Errorf("number %d has no colon; write ID:SECRET", i+1))
			continue
		}
		clients = c.add(clients, "client", id, secret)
	}
	return clients
}

// add adds a client with every product, or gives one that is there another
// secret.
func (c *configReader) add(clients []knot.Client, setting, id, secret string) []knot.Client {
	if err := knot.CheckClientID(id); err != nil {
		c.fail(setting, err)
	}
	if err := knot.CheckSecret(secret); err != nil {
		c.fail(setting, fmt.Errorf("client %q: %w", id, err))
	}
	digest := knot.DigestOf(secret)
	if i := slices.IndexFunc(clients, func(other knot.Client) bool { return other.ID == id }); i >= 0 {
		clients[i].SecretSHA256 = digest
		return clients
	}
	return append(clients, knot.Client{ID: id, SecretSHA256: digest, Products: knot.AllProducts(), Phone: knot.PhoneE164})
}

func (c *configReader) seed() knot.Seed {
	if c.Seed == "" {
		return knot.Seed{}
	}
	seed, err := strconv.ParseUint(c.Seed, 10, 64)
	if err != nil {
		c.fail("seed", fmt.Errorf("%q is not a whole number from 0 on", c.Seed))
	}
	return knot.NewSeed(seed)
}

// choice returns which of the words a setting is; the first is the default.
func (c *configReader) choice(setting, text string, words ...string) int {
	if text == "" {
		return 0
	}
	i := slices.Index(words, text)
	if i < 0 {
		c.fail(setting, fmt.Errorf("%q is not one of %s", text, strings.Join(words, ", ")))
	}
	return i
}

// size returns a size in bytes, written plainly or with KiB or MiB; 0 is none.
func (c *configReader) size(setting, text string) int64 {
	if text == "" {
		return 0
	}
	digits, unit := text, int64(1)
	for suffix, factor := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20} {
		if d, ok := strings.CutSuffix(text, suffix); ok {
			digits, unit = d, factor
		}
	}
	const most = 1 << 30
	n, err := strconv.ParseInt(digits, 10, 32)
	if err != nil || n < 1 || n*unit > most {
		c.fail(setting, fmt.Errorf("%q is not a size from 1 to 1024MiB, such as 65536 or 8MiB", text))
	}
	return n * unit
}

func (c *configReader) journal() journal.Config {
	config := journal.Config{Bytes: int(c.size("journal-size", c.JournalSize))}
	if c.Journal == "" {
		return config
	}
	const most = 1_000_000
	var err error
	if config.PerClient, err = strconv.Atoi(c.Journal); err != nil || config.PerClient < 1 || config.PerClient > most {
		c.fail("journal", fmt.Errorf("%q is not a number from 1 to %d", c.Journal, most))
	}
	return config
}

func (c *configReader) rateLimit() knot.RateLimit {
	limit, err := knot.ParseRateLimit(c.RateLimit)
	if err != nil {
		c.fail("rate-limit", err)
	}
	return limit
}

// faults returns the rules of the file, then those of flags or variable.
func (c *configReader) faults() []string {
	var rules []string
	for _, s := range c.file.Faults {
		rules = append(rules, s.Text)
	}
	return append(rules, c.list("fault", c.Fault)...)
}

func (c *configReader) incidents() map[string]string {
	timelines := map[string]string{}
	for name, s := range c.file.Incidents {
		timelines[name] = s.Text
	}
	return timelines
}

func (c *configReader) inlineFaults() server.InlineFaults {
	door := c.choice("inline-faults", c.InlineFaults, "all", "header", "value", "off")
	return server.InlineFaults{HeaderOff: door >= 2, ValueOff: door == 1 || door == 3}
}

// explain adds to an error of the server's own about a setting where it came
// from.
func (c *configReader) explain(err error) error {
	var setting *server.SettingError
	if !errors.As(err, &setting) {
		return err
	}
	for _, s := range c.file.Faults {
		if setting.Setting == "fault" && s.Text == setting.Text {
			return usageError{fmt.Errorf("%w (from %s:%d)", err, c.file.Name, s.Line)}
		}
	}
	if setting.Setting == "incidents" {
		return usageError{fmt.Errorf("%w (from %s)", err, c.file.Name)}
	}
	return usageError{fmt.Errorf("%w%s", err, c.origin(setting.Setting))}
}

func (c *configReader) log() *slog.Logger {
	levels := []slog.Level{slog.LevelInfo, slog.LevelDebug, slog.LevelWarn, slog.LevelError}
	level := levels[max(0, c.choice("log-level", c.LogLevel, "info", "debug", "warn", "error"))]
	options := &slog.HandlerOptions{Level: level}
	if c.choice("log-format", c.LogFormat, "text", "json") == 1 {
		return slog.New(slog.NewJSONHandler(c.stderr, options))
	}
	return slog.New(slog.NewTextHandler(c.stderr, options))
}
