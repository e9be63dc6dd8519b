"""The frame of the REST API: errors, fields, parsing, paging, schema."""
