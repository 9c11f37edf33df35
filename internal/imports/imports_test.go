package imports

import (
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/nonrev/nonrev/"

// may says which of our packages each of our packages may import. Imports run
// downward only: a report never sees a model or a workload, a sweep never sees
// a chart, a runner never names a workload, a workload never sees a model.
var may = map[string][]string{
	"cmd/nonrev":          {"cmd"},
	"cmd":                 {"report", "report/claims", "internal/gate", "internal/sweep", "internal/proc", "internal/result", "internal/scaling", "runners", "workloads"},
	"report":              {"report/claims", "internal/result", "internal/scaling"},
	"report/claims":       {"internal/result", "internal/scaling"},
	"internal/sweep":      {"runners", "workloads", "internal/proc", "internal/result", "internal/scaling"},
	"internal/gate":       {"internal/sweep", "internal/proc", "internal/result", "internal/scaling"},
	"internal/gate/study": {"internal/gate"},
	"runners":             {"workloads", "internal/proc", "internal/wire"},
	"workloads":           {"workloads/helper"},
	"workloads/helper":    {"internal/proc"},
	"internal/proc":       nil,
	"internal/result":     nil,
	"internal/scaling":    nil,
	"internal/golden":     nil,
	"internal/imports":    nil,
	"internal/wire":       nil,
	"internal/truth":      {"report", "internal/sweep", "internal/proc", "internal/result", "internal/scaling", "runners", "workloads", "workloads/helper"},
}

// A source is one parsed file; its package is the directory below the root.
type source struct {
	name, pkg string
	*ast.File
}

// sources parses every file of our module that is no test.
func sources(t *testing.T) []source {
	t.Helper()
	root := filepath.Join("..", "..")
	var found []source
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != root {
			_, err := os.Stat(filepath.Join(name, "go.mod")) // a module of its own
			if err == nil || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") {
				return filepath.SkipDir
			}
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(name))
		found = append(found, source{name, filepath.ToSlash(dir), f})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (s source) imports() []string {
	var list []string
	for _, i := range s.Imports {
		p, _ := strconv.Unquote(i.Path.Value) // it has been parsed
		list = append(list, p)
	}
	return list
}

func TestImportsRunDownward(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range sources(t) {
		allowed, known := may[s.pkg]
		if !known {
			t.Errorf("%s: package %s is not in the table of who may import whom", s.name, s.pkg)
		}
		seen[s.pkg] = true
		for _, p := range s.imports() {
			if ours, ok := strings.CutPrefix(p, module); ok && !slices.Contains(allowed, ours) {
				t.Errorf("%s: package %s must not import %s", s.name, s.pkg, ours)
			}
		}
	}
	for pkg := range may {
		if !seen[pkg] {
			t.Errorf("package %s is in the table and does not exist", pkg)
		}
	}
}

func TestBuildTagsLiveInProc(t *testing.T) {
	systems := []string{"linux", "darwin", "windows", "unix", "other", "amd64", "arm64"}
	for _, s := range sources(t) {
		if s.pkg == "internal/proc" {
			continue
		}
		parts := strings.Split(strings.TrimSuffix(filepath.Base(s.name), ".go"), "_")
		if slices.Contains(systems, parts[len(parts)-1]) && len(parts) > 1 {
			t.Errorf("%s: a file for one system belongs to internal/proc", s.name)
		}
		for _, g := range s.Comments {
			for _, c := range g.List {
				if constraint.IsGoBuild(c.Text) {
					t.Errorf("%s: %s belongs to internal/proc", s.name, c.Text)
				}
			}
		}
	}
}

// A task touches the world through effects alone: whatever else it did, one
// model would do in another way than the next.
func TestWorkloadsArePure(t *testing.T) {
	forbidden := []string{"sync", "net", "os", "syscall", "unsafe", "runtime", "plugin"}
	for _, s := range sources(t) {
		if s.pkg != "workloads" {
			continue
		}
		for _, p := range s.imports() {
			if first, _, _ := strings.Cut(p, "/"); slices.Contains(forbidden, first) {
				t.Errorf("%s imports %s", s.name, p)
			}
		}
		ast.Inspect(s.File, func(n ast.Node) bool {
			if what := impure(n); what != "" {
				t.Errorf("%s holds %s", s.name, what)
			}
			return true
		})
	}
}

// impure names what a node does that a workload must not do, "" if nothing.
func impure(n ast.Node) string {
	switch n := n.(type) {
	case *ast.GoStmt:
		return "a goroutine"
	case *ast.ChanType, *ast.SendStmt, *ast.SelectStmt:
		return "a channel"
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			return "a receive"
		}
	case *ast.SelectorExpr:
		x, ok := n.X.(*ast.Ident)
		if ok && x.Name == "time" && slices.Contains([]string{"Sleep", "After", "AfterFunc", "NewTimer", "Tick", "NewTicker"}, n.Sel.Name) {
			return "time." + n.Sel.Name
		}
	}
	return ""
}

// What a task remembered in a variable of its package, goroutines would share
// and processes would not. Tables that are written once are no memory.
func TestWorkloadsRememberNothing(t *testing.T) {
	var files []source
	vars := map[string]bool{}
	for _, s := range sources(t) {
		if s.pkg != "workloads" {
			continue
		}
		files = append(files, s)
		for _, d := range s.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, spec := range g.Specs {
				v := spec.(*ast.ValueSpec)
				for _, name := range v.Names {
					vars[name.Name] = true
				}
				if len(v.Values) == 0 {
					t.Errorf("%s: variable %s has no value to begin with, so something must give it one", s.name, v.Names[0])
				}
			}
		}
	}
	for _, s := range files {
		ast.Inspect(s.File, func(n ast.Node) bool {
			for _, target := range written(n) {
				if root := rootOf(target); vars[root] {
					t.Errorf("%s writes the package's variable %s", s.name, root)
				}
			}
			return true
		})
	}
}

// written are the expressions that a node changes or lets others change.
func written(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			return []ast.Expr{n.X}
		}
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.Ident); ok && slices.Contains([]string{"delete", "clear", "copy"}, f.Name) {
			return n.Args[:1]
		}
	}
	return nil
}

// rootOf is the name that an expression begins with: t in t[i].f.
func rootOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.IndexExpr:
		return rootOf(e.X)
	case *ast.SelectorExpr:
		return rootOf(e.X)
	case *ast.StarExpr:
		return rootOf(e.X)
	case *ast.ParenExpr:
		return rootOf(e.X)
	}
	return ""
}

func TestRulesCatchWhatTheyForbid(t *testing.T) {
	for _, c := range []string{"go f()", "c <- 1", "<-c", "select {}", "var c chan int", "time.Sleep(1)"} {
		f, err := parser.ParseFile(token.NewFileSet(), path.Base(t.Name()), "package p\nfunc g() { "+c+" }", 0)
		if err != nil {
			t.Fatal(err)
		}
		caught := false
		ast.Inspect(f, func(n ast.Node) bool {
			caught = caught || impure(n) != ""
			return true
		})
		if !caught {
			t.Errorf("%q passes as pure", c)
		}
	}
	for _, c := range []string{"v = 1", "v[0] = 1", "v.f++", "*v = 1", "delete(v, 1)", "p := &v"} {
		f, err := parser.ParseFile(token.NewFileSet(), path.Base(t.Name()), "package p\nfunc g() { "+c+" }", 0)
		if err != nil {
			t.Fatal(err)
		}
		caught := false
		ast.Inspect(f, func(n ast.Node) bool {
			for _, e := range written(n) {
				caught = caught || rootOf(e) == "v"
			}
			return true
		})
		if !caught {
			t.Errorf("%q passes as leaving v alone", c)
		}
	}
}
