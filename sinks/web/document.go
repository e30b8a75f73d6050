package web

import "afterrun/readiness"

// Document is a day as the JSON API gives it, for other ways to the same answer.
func Document(d readiness.Day) any { return dayOf(d) }
