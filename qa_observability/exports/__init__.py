"""What a page shows, as a file: CSV, XLSX or PDF, all written from one `Document`.

A page offers its tables as files in four steps:

1. Describe the table beside the page's queries, in `<app>/documents.py`. Rows may be a generator; they are read once.
   A queryset with prefetches needs `iterator(chunk_size=2000)`.

       from qa_observability.exports.documents import Column, Document, Kind, Table

       INCIDENTS = (
           Column("Began", Kind.TIME),
           Column("Integration"),
           Column("Events", Kind.NUMBER),
           Column("Cost", Kind.MONEY, currency="USD"),
           Column("Root cause", width=48),
       )

       def incidents_table(rows: QuerySet[Incident]) -> Table:
           cells = ((row.onset_at, row.integration.name, row.events, row.cost, row.cause) for row in rows.iterator())
           return Table("incidents", "Incidents", INCIDENTS, cells, empty="No incident in this period.")

2. Answer `?format=` at the end of the page's view, with the queryset that the page takes its rows from, before it is
   cut into pages. The page's permission and filters are those of the file, and what is no format gets a 400 page.

       from qa_observability.exports.responses import export_response, wants_export

       if wants_export(request):  # the view returns an HttpResponseBase
           filters = (("Integration", filters.integration),)
           return export_response(request, Document(name="incidents", title="Incidents", period=period, filters=filters,
                                                    tables=(incidents_table(found),), generated_at=now))

   Filters with an empty value are left out; with none left the file says that nothing was filtered.

3. Link to it beside the table's heading; the links keep the page's filters and drop its cursor.

       {% load exports %}
       <div class="section-head"><h2>Incidents</h2>{% exports "incidents" "Incidents" %}</div>

   The first word is the table's name in the document; without it, the file has every table of the page. It belongs into
   the partial, where `request` is at hand.
   `{% data_table table "Incidents as a table" %}` shows such a table on the page, cell by cell as its files have it.

4. Hold it by a test: `tests/exported.py` reads all three kinds back.

Times are UTC, which the headings say. CSV and XLSX hold up to `ROWS_MAX` rows a table, a PDF up to `PDF_ROWS_MAX`; a
file that was cut says so. Rows are read and written one by one into a file that leaves memory when it grows.
"""
