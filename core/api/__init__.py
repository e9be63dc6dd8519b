"""Building blocks of the REST API: errors, fields, parsing, pagination, schema."""
