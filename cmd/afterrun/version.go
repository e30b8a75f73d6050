package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"afterrun/readiness"
)

// version is set by the linker in released builds: -X main.version=v1.2.3.
var version = "dev"

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: noArgs,
		Run: func(*cobra.Command, []string) { say(a.out, "%s", versionLine()) },
	}
}

// versionLine is what `version` and `--version` print.
func versionLine() string {
	return fmt.Sprintf("afterrun %s (formulas %d, %s, %s/%s)", versionText(), readiness.FormulaVersion, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// versionText is the linked version, else the commit the program was built from.
func versionText() string {
	if version != "dev" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return version + "-" + s.Value[:12]
		}
	}
	return version
}
