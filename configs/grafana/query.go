package grafana

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
)

// DatasourceUID is the fixed uid of the provisioned data source.
const DatasourceUID = "afterrun-influx"

func source() common.DataSourceRef {
	return common.DataSourceRef{Type: cog.ToPtr("influxdb"), Uid: cog.ToPtr(DatasourceUID)}
}

// day and run select fields of the athlete in the time shown; a run also by
// its sport.
func day(fields string) string { return from("day", fields) }
func run(fields string) string { return from("run", fields) + ` AND "sport" =~ /^$sport$/` }

func from(measurement, fields string) string {
	return fmt.Sprintf(`SELECT %s FROM %q WHERE "athlete" = '$athlete' AND $timeFilter`, fields, measurement)
}

// chosen adds to a query that only the run chosen counts, sample selects its
// samples.
const chosen = ` AND "start_time_utc" = '$run'`

func sample(column, alias string) string {
	return from("sample", fmt.Sprintf(`"t_s", %q AS %q`, column, alias)) + chosen
}

// team selects fields of the athletes chosen, a series each.
func team(measurement, fields string) string {
	return fmt.Sprintf(`SELECT %s FROM %q WHERE "athlete" =~ /^$team$/ AND $timeFilter GROUP BY "athlete"`, fields, measurement)
}

// everybody selects fields of all athletes, a series each.
func everybody(measurement, fields string) string {
	return fmt.Sprintf(`SELECT %s FROM %q WHERE $timeFilter GROUP BY "athlete"`, fields, measurement)
}

// latest adds to a query that only the last point counts, of each series.
const latest = ` ORDER BY time DESC LIMIT 1`

// target is an InfluxQL query; the SDK has no type of its own for it.
func target(ref, alias, query, format string) variants.UnknownDataquery {
	return variants.UnknownDataquery{
		"refId": ref, "datasource": source(), "rawQuery": true, "query": query, "resultFormat": format, "alias": alias,
	}
}

// queryBuilder hands a finished query to a panel.
type queryBuilder struct{ q variants.UnknownDataquery }

// Build returns the query.
func (b queryBuilder) Build() (variants.Dataquery, error) { return b.q, nil }

func series(ref, alias, query string) queryBuilder {
	return queryBuilder{target(ref, alias, query, "time_series")}
}

func rows(query string) queryBuilder { return queryBuilder{target("A", "", query, "table")} }
