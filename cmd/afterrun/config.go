package main

import (
	"fmt"
	"regexp"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"afterrun/configs"
)

func (a *app) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "config", Short: "Show the configuration in force, or the documented default",
		Example: "  afterrun config                    what is in force, secrets hidden\n  mkdir -p ~/.config/afterrun && afterrun config reference > ~/.config/afterrun/afterrun.yaml",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return a.showConfig() },
	}
	cmd.AddCommand(&cobra.Command{
		Use: "reference", Short: "Print the documented default, to copy and edit", Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := a.out.Write(configs.Reference)
			return err
		},
	})
	return cmd
}

// login is the part of an address, or of each in a list, that may hold a secret.
var login = regexp.MustCompile(`(^|,|://)[^/,]*@`)

func withoutLogin(address string) string { return login.ReplaceAllString(address, "${1}***@") }

// showConfig prints the effective values as YAML; secrets are hidden by their
// type, in addresses by withoutLogin.
func (a *app) showConfig() error {
	dir, err := a.dataDir()
	if err != nil {
		return err
	}
	c := a.cfg
	c.Data, c.NATS.URL, c.Influx.URL = dir, withoutLogin(c.NATS.URL), withoutLogin(c.Influx.URL)
	b, err := yaml.Marshal(c)
	if err != nil {
		return fmt.Errorf("print configuration: %w", err)
	}
	_, err = a.out.Write(b)
	return err
}
