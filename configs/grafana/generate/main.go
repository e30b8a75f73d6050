// Command generate writes the dashboards beside this package: run it by
// `go generate ./configs/grafana` after changing dashboard.go.
package main

import (
	"log"
	"os"
	"path/filepath"

	"afterrun/configs/grafana"
)

func main() {
	files, err := grafana.Dashboards()
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join("dashboards", f.Name), f.JSON, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
