package journal

// node is an exchange in its two chains.
type node struct {
	Exchange
	shelf *shelf
	links [2]link
	size  int // about, in bytes
	gone  bool
}

// link is a node's place in one chain.
type link struct{ older, newer *node }

// The chains that a node is in.
const (
	ofAll    = iota // all exchanges
	ofClient        // those of one client
)

// chain is a list of nodes from the oldest to the newest. A node that was removed
// keeps its link to older ones, so that who is on the way there arrives, and none to
// newer ones, so that who holds it does not hold all that came after.
type chain struct {
	kind           int
	oldest, newest *node
	length         int
}

func (c *chain) push(n *node) {
	n.links[c.kind].older = c.newest
	if c.newest != nil {
		c.newest.links[c.kind].newer = n
	} else {
		c.oldest = n
	}
	c.newest = n
	c.length++
}

func (c *chain) remove(n *node) {
	l := n.links[c.kind]
	if l.older != nil {
		l.older.links[c.kind].newer = l.newer
	} else {
		c.oldest = l.newer
	}
	if l.newer != nil {
		l.newer.links[c.kind].older = l.older
	} else {
		c.newest = l.older
	}
	n.links[c.kind].newer = nil
	c.length--
}

// batch is how many exchanges are looked at under one lock.
const batch = 256

// walk shows exchanges, the newest first, of one client or with "" of all
// callers, until see says that it has seen enough. Requests are recorded
// meanwhile; they are not shown.
func (j *Journal) walk(client string, see func(*Exchange) (more bool)) {
	nodes := make([]*node, 0, batch)
	var last *node
	for {
		nodes = j.olderThan(client, last, nodes[:0])
		for _, n := range nodes {
			if !see(&n.Exchange) {
				return
			}
		}
		if len(nodes) < batch {
			return
		}
		last = nodes[len(nodes)-1]
	}
}

// olderThan adds to nodes the ones that are older than last, a batch at most.
func (j *Journal) olderThan(client string, last *node, nodes []*node) []*node {
	j.mu.Lock()
	defer j.mu.Unlock()
	c := j.chainOf(client)
	n := c.newest
	if last != nil {
		n = last.links[c.kind].older
	}
	for ; n != nil && len(nodes) < batch; n = n.links[c.kind].older {
		nodes = append(nodes, n)
	}
	return nodes
}

// newerThan returns the nodes that are newer than a position, the oldest first, a
// batch at most. last is the node at that position, if it is known.
func (c *chain) newerThan(position uint64, last *node) []*node {
	var nodes []*node
	n := c.oldest
	if last != nil && !last.gone {
		n = last.links[c.kind].newer
	}
	for n != nil && n.Position <= position {
		n = n.links[c.kind].newer
	}
	for ; n != nil && len(nodes) < batch; n = n.links[c.kind].newer {
		nodes = append(nodes, n)
	}
	return nodes
}
