// Package physio holds the formulas of Afterrun and nothing else: plain numbers
// in, a value and a reason out. It knows no files, no dates of events, no
// athletes, and imports the standard library only, so every formula can be read
// beside the paper it comes from and is tested against worked numbers.
package physio
