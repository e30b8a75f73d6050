package store

import (
	"context"
	"slices"

	"afterrun/readiness"
)

// DayValues returns a few metrics, and the date, of the days from..to (both
// included) in ascending order, without reasons and qualities: pictures of years
// need no more.
func (s *Store) DayValues(ctx context.Context, athlete readiness.AthleteID, columns []readiness.Column, from, to readiness.Date) ([]readiness.Row, error) {
	return s.values(ctx, tableNamed("day").only(columns), "ORDER BY epoch_day, key", athlete, columns, from, to)
}

// RunValues does the same for the runs that count, by start.
func (s *Store) RunValues(ctx context.Context, athlete readiness.AthleteID, columns []readiness.Column, from, to readiness.Date) ([]readiness.Row, error) {
	const counts = "AND coalesce(duplicate_of, '') = '' "
	return s.values(ctx, tableNamed("run").only(columns), counts+runOrder, athlete, columns, from, to)
}

func (s *Store) values(ctx context.Context, t table, order string, athlete readiness.AthleteID, columns []readiness.Column, from, to readiness.Date) ([]readiness.Row, error) {
	var rows []readiness.Row
	err := s.each(ctx, t, order, athlete, from, to, func(r record) error {
		row := readiness.Row{"date": readiness.Text(readiness.Date(r.integer("epoch_day")).String())}
		for _, c := range columns {
			if c.Name != "date" {
				row[c.Name] = r.value(c.Name)
			}
		}
		rows = append(rows, row)
		return nil
	})
	if err != nil {
		return nil, s.explain("read "+t.name+" values", err)
	}
	return rows, nil
}

// only is the table with its date and some of its metrics.
func (t table) only(columns []readiness.Column) table {
	var some []field
	for _, f := range t.fields {
		wanted := func(c readiness.Column) bool { return c.Name == f.name }
		if f.name == "epoch_day" || slices.ContainsFunc(columns, wanted) {
			some = append(some, f)
		}
	}
	t.fields = some
	return t
}
