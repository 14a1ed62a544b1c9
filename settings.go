package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

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
	add(word{to: &s.Listen, form: "HOST:PORT"}, "listen", "Address to listen on, or its host or port alone; port 0 is any free port. Default: 127.0.0.1:5668, or port $PORT.")
	add(word{to: &s.Config, form: "FILE"}, "config", "Configuration file (YAML).")
	add(words{&s.Client, "ID:SECRET"}, "client", "Add a client with every product, or change the secret of one; repeatable. $KNOT_CLIENT_ID and $KNOT_SECRET add one, too.")
	add(word{to: &s.Auth, form: "strict|any"}, "auth", "Whether credentials must be configured ones. Default: strict.")
	add(word{to: &s.Seed, form: "N"}, "seed", "Make session ids reproducible.")
	add(word{to: &s.OutOfBand, form: "on|off"}, "out-of-band", "Whether answers carry X-Sandbox-* headers. Default: on.")
	add(word{to: &s.MaxBody, form: "SIZE"}, "max-body", "Largest request body, in bytes or as 8MiB. Default: 8MiB.")
	add(word{to: &s.RateLimit, form: "N/min"}, "rate-limit", "How often a client may call, such as 60/min. Default: without limit.")
	add(words{&s.Fault, "RULE"}, "fault", "Arm a fault from the start, such as \"NoAccess times=2\"; repeatable.")
	add(word{to: &s.InlineFaults, form: "DOORS"}, "inline-faults", "By which doors a request can carry its own fault: all, header, value or off. Default: all.")
	add(word{to: &s.Journal, form: "N"}, "journal", "How many requests are kept of each client, for the journal. Default: 10000.")
	add(word{to: &s.JournalSize, form: "SIZE"}, "journal-size", "How much memory the journal takes in all. Default: 16MiB.")
	add(word{to: &s.Control, form: "on|off|HOST:PORT"}, "control", "Where the control API is. Default: here, if only this machine can reach it or with a token.")
	add(word{to: &s.ControlToken, form: "TOKEN"}, "control-token", "What requests to the control API have to bear.")
	add(word{to: &s.TLS, form: "on|off|HOST:PORT"}, "tls", "Answer by HTTPS as well: on (port 5669), off or an address. Default: off.")
	add(word{to: &s.TLSDir, form: "DIR"}, "tls-dir", "Folder of the certificate authority, made there if there is none. Default: knot-sandbox/tls in the folder for data.")
	add(word{to: &s.TLSNames, form: "NAME,NAME"}, "tls-names", "More host names for the certificate.")
	add(word{to: &s.AddressFile, form: "PATH"}, "address-file", "File to write the URL in use to.")
	add(word{to: &s.LogFormat, form: "text|json"}, "log-format", "Form of the log on stderr. Default: text.")
	add(word{to: &s.LogLevel, form: "LEVEL"}, "log-level", "debug, info, warn or error. Default: info.")
	f.Lookup("tls").NoOptDefVal = "on"
	return f
}

// isSetting reports whether name is a flag of serve.
func isSetting(name string) bool { return slices.Contains(settingNames(), name) }

// settingNames returns the flags of serve.
var settingNames = sync.OnceValue(func() []string {
	var names []string
	new(settings).flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
})

// isList reports whether a setting can be given more than once. Its variable
// and its entry in a file have the name in the plural.
func isList(name string) bool { return name == "client" || name == "fault" }

// readSettings completes what the flags say by variables, then by the configuration file.
func (cl *commandLine) readSettings() (*configReader, error) {
	cl.fill(cl.environment)
	return cl.readFile(cl.settings.Config)
}

// readFile completes the settings by those of a file, if there is one.
func (cl *commandLine) readFile(path string) (*configReader, error) {
	file, content, err := loadFile(path)
	if err != nil {
		return nil, usageError{err}
	}
	cl.fill(func(setting string) (string, bool) {
		if text, ok := cl.environment(setting); ok {
			return text, true
		}
		s, ok := file.Settings[setting]
		return s.Text, ok
	})
	return &configReader{program: cl.program, settings: cl.settings, flags: cl.flags, file: file, content: content}, nil
}

// fill gives the settings without a flag the values that source knows.
func (cl *commandLine) fill(source func(setting string) (text string, ok bool)) {
	cl.flags.VisitAll(func(f *pflag.Flag) {
		if text, ok := source(f.Name); ok && !f.Changed {
			_ = f.Value.Set(text) // takes any text
		}
	})
}

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
func loadFile(path string) (fixtures.File, []byte, error) {
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
		case name == "config" || !isSetting(name):
			return fixtures.File{}, nil, fmt.Errorf("config: %s:%d: %s: unknown setting; the settings are clients, faults, incidents, %s",
				path, s.Line, name, strings.Join(fileSettings(), ", "))
		}
	}
	return file, data, nil
}

// fileSettings returns the settings that a configuration file may hold.
func fileSettings() []string {
	return slices.DeleteFunc(slices.Clone(settingNames()), func(name string) bool { return isList(name) || name == "config" })
}

// configReader turns settings into a configuration and keeps the first error.
type configReader struct {
	program
	settings
	flags   *pflag.FlagSet // one for each setting
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

// origin says where a setting came from, if it is not obvious.
func (c *configReader) origin(setting string) string {
	if f := c.flags.Lookup(setting); f != nil && f.Changed {
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
