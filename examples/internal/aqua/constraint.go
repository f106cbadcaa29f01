package aqua

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
	version "github.com/hashicorp/go-version"

	"github.com/relseal/relseal/internal/boundedregexp"
)

// maxConstraint limits a version_constraint, in bytes: some name dozens of versions.
const maxConstraint = 8 << 10

// holds evaluates a version_constraint for a version, and for it without its
// prefix: an expression of github.com/expr-lang/expr, as in aqua, but for what can
// loop. Versions are compared by github.com/hashicorp/go-version; a constraint on
// one that isn't a version's doesn't hold.
func holds(constraint, full, bare string) (bool, error) {
	if len(constraint) > maxConstraint {
		return false, refuse(ErrTooLarge, "version_constraint: %d bytes, and %d are the most", len(constraint), maxConstraint)
	}
	tree, err := parser.Parse(constraint)
	if err != nil {
		return false, refuse(ErrConstraint, "%v", err)
	}
	v := &bounded{room: boundedregexp.MaxInstructions}
	if ast.Walk(&tree.Node, v); v.err != nil {
		return false, v.err
	}
	env := map[string]any{
		"Version":           full,
		"SemVer":            bare,
		"semver":            func(c string) (bool, error) { return compare(c, bare) },
		"semverWithVersion": compare,
	}
	program, err := expr.Compile(constraint, expr.Env(env), expr.AsBool())
	if err != nil {
		return false, refuse(ErrConstraint, "%v", err)
	}
	result, err := expr.Run(program, env)
	if err != nil {
		return false, refuse(ErrConstraint, "%v", err)
	}
	held, ok := result.(bool)
	if !ok {
		return false, refuse(ErrConstraint, "no truth value")
	}
	return held, nil
}

// A bounded visitor refuses whatever takes more than one step for each sign of an
// expression: there is no way to stop one that runs.
type bounded struct {
	room int // instructions of regular expressions
	err  error
}

// Visit implements ast.Visitor.
func (b *bounded) Visit(n *ast.Node) {
	if b.err != nil {
		return
	}
	switch n := (*n).(type) {
	case *ast.IdentifierNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode, *ast.ConstantNode,
		*ast.ArrayNode, *ast.CallNode, *ast.ConditionalNode, *ast.MemberNode, *ast.SliceNode:
	case *ast.UnaryNode:
	case *ast.BinaryNode:
		b.operator(n)
	case *ast.BuiltinNode:
		if !slices.Contains([]string{"trim", "trimPrefix", "trimSuffix", "lower", "upper", "split", "len", "int", "float", "hasPrefix", "hasSuffix", "indexOf", "lastIndexOf"}, n.Name) {
			b.err = refuse(ErrUnsupported, "version_constraint: the function %s", n.Name)
		}
	default:
		b.err = refuse(ErrUnsupported, "version_constraint: an expression of the kind %s", strings.TrimPrefix(fmt.Sprintf("%T", n), "*ast."))
	}
}

func (b *bounded) operator(n *ast.BinaryNode) {
	switch n.Operator {
	case "..", "**", "^":
		b.err = refuse(ErrUnsupported, "version_constraint: the operator %s", n.Operator)
	case "matches":
		pattern, ok := n.Right.(*ast.StringNode)
		if !ok {
			b.err = refuse(ErrUnsupported, "version_constraint: a pattern that is made up")
			return
		}
		if _, err := boundedregexp.Compile(pattern.Value, &b.room); err != nil {
			b.err = fmt.Errorf("version_constraint: %w", err)
		}
	}
}

// isCommit matches what is a commit and no version, for which no constraint holds.
func isCommit(s string) bool { return regexp.MustCompile(`^[0-9a-f]{40}$`).MatchString(s) }

// compare judges a version by constraints with commas between, all of which must
// hold: >=, <=, !=, >, < and = and a version.
func compare(constraints, of string) (bool, error) {
	if isCommit(of) {
		return false, nil
	}
	v, err := version.NewVersion(of)
	if err != nil {
		return false, nil //nolint:nilerr // what is no version is in no range, as aqua has it
	}
	held := true
	for c := range strings.SplitSeq(strings.TrimSpace(constraints), ",") {
		one, err := compareOne(strings.TrimSpace(c), v)
		if err != nil {
			return false, err
		}
		held = held && one
	}
	return held, nil
}

func compareOne(constraint string, v *version.Version) (bool, error) {
	for _, op := range []string{">=", "<=", "!=", ">", "<", "="} {
		rest, ok := strings.CutPrefix(constraint, op)
		if !ok {
			continue
		}
		than, err := version.NewVersion(strings.TrimSpace(rest))
		if err != nil {
			return false, err
		}
		switch c := v.Compare(than); op {
		case ">=":
			return c >= 0, nil
		case "<=":
			return c <= 0, nil
		case "!=":
			return c != 0, nil
		case ">":
			return c > 0, nil
		case "<":
			return c < 0, nil
		default:
			return c == 0, nil
		}
	}
	return false, fmt.Errorf("%q begins with none of >=, <=, !=, >, < and =", constraint)
}
