package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// options are what the command line says.
type options struct {
	corpus        string
	familyNames   []string
	pattern       string // of the cases' names
	kinds         []string
	tool          string
	custom        tool // the one of the command line
	differences   string
	noDifferences bool
	timeout       time.Duration
	jobs          int
	temp          string
	format        string
	list, matrix  bool

	writeDifferences string
}

// parse turns the command line into options, or prints the help.
func parse(args []string, stdout io.Writer) (*options, error) {
	o := &options{}
	fs := flag.NewFlagSet("testkit", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // run tells what is wrong
	fs.Usage = func() {}
	o.register(fs)
	flags, commands := cutCommands(args)
	if err := fs.Parse(flags); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			usage(stdout, fs)
		}
		return nil, err
	}
	o.custom.commands = commands
	return o, o.check(fs.Args())
}

func usage(w io.Writer, fs *flag.FlagSet) {
	fmt.Fprint(w, `usage: testkit [flags] --tool NAME
       testkit [flags] --family FAMILY -- PROGRAM ARGUMENT... [-- PROGRAM ARGUMENT...]
       testkit [flags] --matrix
       testkit [flags] --list

for example

  testkit --tool gpgv
  testkit --family minisign -- minisign -V -p {key} -x {signature} -m {artifact}

Arguments may have {`+strings.Join(placeholders(), "}, {")+`}.

Flags:
`)
	fs.SetOutput(w)
	fs.PrintDefaults()
}

func (o *options) register(fs *flag.FlagSet) {
	fs.StringVar(&o.corpus, "corpus", "", "the `folder` of the families (default "+corpusFolder+" in this folder or above)")
	fs.Func("family", "only the cases of this `family`; may be repeated", func(s string) error { o.familyNames = append(o.familyNames, s); return nil })
	fs.StringVar(&o.pattern, "case", "*", "only the cases whose name is like this `pattern`, as ed-*")
	fs.Func("rule", "only the cases by this `kind` of rule: spec, policy or optional; may be repeated", o.addKind)
	fs.StringVar(&o.tool, "tool", "", "run the tool of this `name`: "+strings.Join(toolNames(), ", "))
	fs.BoolVar(&o.custom.stdin, "stdin", false, "give the program the artifact on standard input")
	fs.Func("pass-codes", "the exit `codes` that accept, as 0,3 (default 0)", func(s string) (err error) { o.custom.pass, err = codes(s); return err })
	fs.Func("fail-codes", "the exit `codes` that refuse; others are then a failure of the program (default all but 126, 127 and those of signals)", func(s string) (err error) { o.custom.fail, err = codes(s); return err })
	fs.StringVar(&o.custom.legacy, "legacy", "either", "what the program should say to legacy signatures: `pass`, fail or either")
	fs.StringVar(&o.differences, "differences", "", "a `file` of the differences that are expected: lines of FAMILY/CASE VERDICT REASON")
	fs.BoolVar(&o.noDifferences, "no-differences", false, "expect none, not even those that are known of the --tool")
	fs.StringVar(&o.writeDifferences, "write-differences", "", "write what differs to this `file`, to be given as --differences with your reasons")
	fs.DurationVar(&o.timeout, "timeout", 20*time.Second, "the `time` that the program may take for a case")
	fs.IntVar(&o.jobs, "jobs", runtime.NumCPU(), "how `many` cases are run at a time")
	fs.StringVar(&o.temp, "temp", "", "the `folder` in which those of the cases are made and removed")
	fs.StringVar(&o.format, "format", "table", "what is printed: `table` or json")
	fs.BoolVar(&o.list, "list", false, "print the cases, and run nothing")
	fs.BoolVar(&o.matrix, "matrix", false, "run all tools that are installed, and print what they say as Markdown")
}

// cutCommands splits the arguments at each "--".
func cutCommands(args []string) (flags []string, commands [][]string) {
	i := slices.Index(args, "--")
	if i < 0 {
		return args, nil
	}
	flags = args[:i]
	for rest := args[i+1:]; ; {
		next := slices.Index(rest, "--")
		if next < 0 {
			return flags, append(commands, rest)
		}
		commands, rest = append(commands, rest[:next]), rest[next+1:]
	}
}

func (o *options) addKind(kind string) error {
	if !slices.Contains(kinds(), kind) {
		return errors.New("not spec, policy or optional")
	}
	o.kinds = append(o.kinds, kind)
	return nil
}

func codes(text string) ([]int, error) {
	var all []int
	for _, word := range strings.Split(text, ",") {
		code, err := strconv.Atoi(word)
		if err != nil {
			return nil, err
		}
		all = append(all, code)
	}
	return all, nil
}

func (o *options) check(rest []string) error {
	jobs := 0
	for _, wanted := range []bool{o.tool != "", len(o.custom.commands) > 0, o.matrix, o.list} {
		if wanted {
			jobs++
		}
	}
	if _, err := filepath.Match(o.pattern, ""); err != nil {
		return fmt.Errorf("--case %s: %w", o.pattern, err)
	}
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q is no flag: a program's command comes behind --", rest[0])
	case jobs != 1:
		return errors.New("one of --tool, --matrix, --list and a command behind -- is wanted; --help has examples")
	case len(o.custom.commands) > 0 && len(o.familyNames) == 0:
		return errors.New("--family says which cases are for the program; --list has them")
	case !slices.Contains([]string{"pass", "fail", "either"}, o.custom.legacy):
		return errors.New("--legacy is pass, fail or either")
	case !slices.Contains([]string{"table", "json"}, o.format):
		return errors.New("--format is table or json")
	case o.timeout <= 0:
		return errors.New("--timeout has to be above 0")
	case o.noDifferences && o.differences != "":
		return errors.New("--differences and --no-differences exclude each other")
	}
	for _, command := range o.custom.commands {
		if err := checkCommand(command); err != nil {
			return err
		}
	}
	return nil
}

// families reads the corpus, or those families of it that are chosen.
func (o *options) families() ([]family, error) {
	corpus := o.corpus
	if corpus == "" {
		var err error
		if corpus, err = findCorpus(); err != nil {
			return nil, err
		}
	}
	families, err := readCorpus(corpus, o.familyNames)
	if err != nil {
		return nil, err
	}
	for i := range families {
		families[i].Cases = slices.DeleteFunc(families[i].Cases, func(c Case) bool { return !o.chooses(&c) })
	}
	return families, nil
}

func (o *options) chooses(c *Case) bool {
	like, err := filepath.Match(o.pattern, c.Name)
	return err == nil && like && (len(o.kinds) == 0 || slices.Contains(o.kinds, c.Kind))
}

// whole reports whether all cases of the families are run.
func (o *options) whole() bool { return o.pattern == "*" && len(o.kinds) == 0 }

// chosenTool is that of --tool, or that of the command.
func (o *options) chosenTool() (tool, error) {
	if o.tool != "" {
		return findTool(o.tool)
	}
	t := o.custom
	t.name = filepath.Base(t.commands[0][0])
	for _, command := range t.commands {
		if filepath.Base(command[0]) == command[0] {
			continue // it is on the path
		}
		program, err := filepath.Abs(command[0]) // it runs in another folder
		if err != nil {
			return tool{}, err
		}
		command[0] = program
	}
	return t, nil
}

// casesFor are the cases that are for a tool.
func (o *options) casesFor(t tool, families []family) []Case {
	var cases []Case
	for _, f := range families {
		if t.families == nil || slices.Contains(t.families, f.Name) {
			cases = append(cases, f.Cases...)
		}
	}
	return cases
}

// listedDifferences are those of --differences, or that are known of a --tool.
func (o *options) listedDifferences(t tool) (map[string]*difference, error) {
	switch {
	case o.differences != "":
		data, err := readFile(o.differences)
		if err != nil {
			return nil, err
		}
		return parseDifferences(o.differences, data)
	case o.noDifferences || len(o.custom.commands) > 0:
		return map[string]*difference{}, nil
	}
	return knownFor(t.name)
}
