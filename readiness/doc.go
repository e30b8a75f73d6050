// Package readiness is the domain of Afterrun: what an athlete's files say
// (events), the set of them (history), and what follows from the set
// (assessment). It imports the standard library and readiness/physio, nothing
// else: no file format, no transport, no storage.
//
// Three words carry the design:
//
//   - An [Event] is one fact: a run, a day's wellness record, a check-in, the
//     athlete's profile, the rules to judge by, or the retraction of an earlier
//     fact.
//   - A [History] is a set of events. Order of arrival and repetition do not
//     matter.
//   - [Assess] is a pure function from a history to run summaries and days.
//
// [ExplainDay], [ExplainRun] and [CompareRules] ask more of the same history; they
// change nothing either.
package readiness
