package aqua

import (
	"strings"
	"text/template"
	"text/template/parse"
	"unicode"
	"unicode/utf8"
)

// Limits of a template and of what it renders to, in bytes.
const (
	maxTemplate = 2 << 10
	maxRendered = 4 << 10
)

// render renders one of an entry's templates, which are Go's text/template with a few
// of sprig's functions. What can loop, call itself or grow without limit is refused,
// and so is a variable that isn't there.
func render(tmpl string, values map[string]any) (string, error) {
	if len(tmpl) > maxTemplate {
		return "", refuse(ErrTooLarge, "a template of %d bytes, and %d are the most", len(tmpl), maxTemplate)
	}
	if err := short(values); err != nil {
		return "", err
	}
	t, err := template.New("").Option("missingkey=error").Funcs(functions()).Parse(tmpl)
	if err != nil {
		return "", refuse(ErrTemplate, "%v", err)
	}
	if t.Tree == nil || t.Root == nil {
		return "", refuse(ErrTemplate, "it is empty")
	}
	if err := bounds(t.Root); err != nil {
		return "", err
	}
	var b limited
	if err := t.Execute(&b, values); err != nil {
		return "", refuse(kindOf(err), "%v", err)
	}
	return b.String(), printable(b.String())
}

// short refuses values that are longer than what may be rendered: a function may take
// one apart, and a template call it often.
func short(values map[string]any) error {
	for name, v := range values {
		var err error
		switch v := v.(type) {
		case string:
			if len(v) > maxRendered {
				err = refuse(ErrTooLarge, "the value %s has %d bytes, and %d are the most", name, len(v), maxRendered)
			}
		case map[string]any:
			err = short(v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// printable refuses what may not stand in a table, or be shown.
func printable(s string) error {
	switch {
	case strings.TrimSpace(s) == "":
		return refuse(ErrTemplate, "it renders to nothing")
	case !utf8.ValidString(s), strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		return refuse(ErrTemplate, "it renders to what can't be shown")
	}
	return nil
}

// limited is a text that doesn't grow beyond maxRendered.
type limited struct{ strings.Builder }

// Write implements io.Writer.
func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > maxRendered {
		return 0, tooLong()
	}
	return l.Builder.Write(p)
}

func tooLong() error { return refuse(ErrTooLarge, "it renders to more than %d bytes", maxRendered) }

// bounds refuses the parts of a template that take more than one step each.
func bounds(n parse.Node) error {
	switch n := n.(type) {
	case *parse.ListNode:
		return eachBounds(n)
	case *parse.TextNode, *parse.CommentNode, *parse.FieldNode, *parse.DotNode, *parse.StringNode, *parse.NumberNode, *parse.BoolNode, *parse.NilNode, *parse.VariableNode:
		return nil
	case *parse.ActionNode:
		return bounds(n.Pipe)
	case *parse.IfNode:
		return branchBounds(&n.BranchNode)
	case *parse.WithNode:
		return branchBounds(&n.BranchNode)
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			for _, arg := range c.Args {
				if err := bounds(arg); err != nil {
					return err
				}
			}
		}
		return nil
	case *parse.ChainNode:
		return bounds(n.Node)
	case *parse.IdentifierNode:
		if _, own := functions()[n.Ident]; own || isBuiltin(n.Ident) {
			return nil
		}
		return refuse(ErrUnsupported, "the template function %s", n.Ident)
	default:
		return refuse(ErrUnsupported, "a template with %s", n)
	}
}

func branchBounds(n *parse.BranchNode) error {
	if err := bounds(n.Pipe); err != nil {
		return err
	}
	if err := eachBounds(n.List); err != nil {
		return err
	}
	return eachBounds(n.ElseList)
}

func eachBounds(list *parse.ListNode) error {
	if list == nil {
		return nil
	}
	for _, n := range list.Nodes {
		if err := bounds(n); err != nil {
			return err
		}
	}
	return nil
}
