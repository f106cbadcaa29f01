package policy_test

import (
	"fmt"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/policy"
)

// What is to hold of all packages is in one file that several programs share.
func Example() {
	p, err := policy.Parse("policy.toml", []byte(`
version = 1
signatures = "require"
families = ["minisign"]

[[package]]
name = "left-pad"
refuse = "not on our list"
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	config, err := p.Config(verify.Config{
		Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}, // what the program links
		Policy:     verify.IfDeclared,                           // it can be made stricter, not laxer
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := verify.New(config)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"left-pad", "tool"} {
		_, err := v.Plan(verify.Artifact{Name: name + ".tgz", Variables: map[string]string{"name": name}}, nil)
		fmt.Println(name, verify.Reason(err))
	}
	// Output:
	// left-pad not-accepted
	// tool not-declared
}
