"""English times with their minutes: a column of times has neither "noon" nor "5 p.m." among "5:01 p.m."."""

TIME_FORMAT = "g:i a"
DATETIME_FORMAT = "N j, Y, g:i a"
SHORT_DATETIME_FORMAT = "m/d/Y g:i a"
