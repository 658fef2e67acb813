-- The panel: one row an agency, year and scope. zhgovtext/panel.py fills in what stands after a dollar sign: from
-- columns.tsv the codes of figures, the categories of sentences and their columns, and who should have reported.
WITH
frame AS (SELECT *, $bare AS bare FROM $frame),
assigned AS (
  SELECT file, min(agency) AS agency, min(region_code) AS region_code, min(year) AS year
  FROM frame WHERE file IS NOT NULL GROUP BY file HAVING count(*) = 1
),
-- Reports that were read. What a frame or a manifest says of agency, year and region goes before what the text says.
named AS (
  SELECT r.* EXCLUDE (text, tables, notes, more) REPLACE (
      coalesce(a.agency, $told_agency, r.agency) AS agency,
      coalesce(a.region_code, $told_region_code, r.region_code) AS region_code,
      coalesce(a.year, try_cast($told_year AS INTEGER), r.year) AS year),
    r.year AS text_year
  FROM reports r LEFT JOIN assigned a ON a.file IN (r.name, r.path)
  WHERE r.status = 'ok'
),
bared AS (SELECT *, $bare AS bare FROM named),
-- An agency of the frame is written as there. Its code may be of another year: districts keep four digits when renumbered.
listed AS (
  SELECT b.report_id, min(f.agency) AS agency, min(f.region_code) AS region_code
  FROM bared b
  JOIN (SELECT DISTINCT agency, bare, region_code FROM frame) f
  ON b.bare = f.bare AND coalesce(left(b.region_code, 4) = left(f.region_code, 4), true)
  GROUP BY b.report_id
  HAVING count(*) = 1
),
spelled AS (
  SELECT b.* REPLACE (
      coalesce(l.agency, b.agency) AS agency,
      coalesce(l.region_code, b.region_code) AS region_code)
  FROM bared b LEFT JOIN listed l USING (report_id)
),
-- A report in which the code was not found has that of its namesakes, where all of them have the same.
coded AS (
  SELECT * REPLACE (coalesce(
      region_code,
      CASE WHEN min(region_code) OVER w_year = max(region_code) OVER w_year THEN min(region_code) OVER w_year END,
      CASE WHEN min(region_code) OVER w_all = max(region_code) OVER w_all THEN min(region_code) OVER w_all END
    ) AS region_code)
  FROM spelled
  WINDOW w_year AS (PARTITION BY bare, year), w_all AS (PARTITION BY bare)
),
keyed AS (
  -- A name stands for one agency within a prefecture, whose districts may be renumbered.
  SELECT *,
    CASE WHEN bare IS NOT NULL
      THEN concat_ws(' ', min(region_code) OVER (PARTITION BY bare, left(region_code, 4)), bare) END AS agency_key,
    -- Who wrote it or when is unknown: the same report as no other.
    CASE WHEN bare IS NULL OR year IS NULL THEN report_id
      ELSE concat_ws(' ', region_code, bare, year) END AS same
  FROM coded
),

-- Figures of the agency and its year: no named unit, no kind of applicant, no extra column, nothing cumulative.
-- low and high: what the words allow for, where 1.2万 is 11,500 to 12,500.
told AS (
  SELECT f.report_id, f.id, f.indicator, f.scope, f.value, f.value_high, f.qualifier, f.state, f.source,
    CASE
      WHEN f.qualifier = 'less_than' THEN '-inf'::DOUBLE
      WHEN f.qualifier = 'about' THEN f.value - greatest(slack, 0.1 * abs(f.value))
      ELSE f.value - slack
    END AS low,
    CASE
      WHEN f.qualifier = 'more_than' THEN 'inf'::DOUBLE
      WHEN f.qualifier = 'about' THEN coalesce(f.value_high, f.value) + greatest(slack, 0.1 * abs(f.value))
      ELSE coalesce(f.value_high, f.value) + slack
    END AS high
  FROM (
    SELECT *, CASE
        WHEN regexp_matches(quote, '[亿億]') THEN 0.5e8
        WHEN regexp_matches(quote, '[万萬]') THEN 0.5e4
        ELSE 1e-9 * abs(value)
      END / CASE WHEN regexp_matches(quote, '[亿億万萬]')
        THEN 10 ** length(regexp_extract(quote, '[0-9０-９][.．]([0-9０-９]+)', 1)) ELSE 1 END AS slack
    FROM facts
  ) f
  JOIN keyed k USING (report_id)
  WHERE f.indicator IN ($indicators)
    AND f.scope <> 'unit'
    AND NOT coalesce(f.cumulative, false)
    AND coalesce(f.applicant, 'total') = 'total'
    AND f."column" IS NULL AND f."row" IS NULL
    AND f.period IS NOT DISTINCT FROM k.text_year::VARCHAR
),

-- Whose the figures are that do not say it: those of the scope that gives the same numbers, else of the kind of agency.
sides AS (SELECT DISTINCT report_id, indicator, scope, value FROM told WHERE value <> 0),
agreement AS (
  SELECT u.report_id,
    count(*) FILTER (s.scope = 'own') AS own,
    count(*) FILTER (s.scope = 'jurisdiction') AS jurisdiction
  FROM sides u JOIN sides s USING (report_id, indicator, value)
  WHERE u.scope = 'unknown' AND s.scope <> 'unknown'
  GROUP BY u.report_id
),
held AS (
  SELECT report_id,
    count(DISTINCT indicator) FILTER (scope = 'unknown') AS silent,
    count(DISTINCT indicator) FILTER (scope = 'own') AS own,
    count(DISTINCT indicator) FILTER (scope = 'jurisdiction') AS jurisdiction
  FROM told GROUP BY report_id
),
decided AS (
  SELECT k.report_id,
    CASE
      WHEN coalesce(a.own, 0) <> coalesce(a.jurisdiction, 0) THEN
        CASE WHEN a.own > a.jurisdiction THEN 'own' ELSE 'jurisdiction' END
      WHEN coalesce(h.silent, 0) = 0 AND coalesce(h.own, 0) <> coalesce(h.jurisdiction, 0) THEN
        CASE WHEN h.own > h.jurisdiction THEN 'own' ELSE 'jurisdiction' END
      WHEN k.agency_type IN ('department', 'vertical', 'public_institution') OR k.level = 'township' THEN 'own'
      WHEN k.agency_type IN ('government', 'zone') THEN 'jurisdiction'
      ELSE 'unknown'
    END AS scope,
    CASE
      WHEN coalesce(a.own, 0) <> coalesce(a.jurisdiction, 0) THEN 'agreement'
      WHEN coalesce(h.silent, 0) = 0 AND coalesce(h.own, 0) + coalesce(h.jurisdiction, 0) > 0 THEN 'stated'
      WHEN k.agency_type IN ('government', 'zone', 'department', 'vertical', 'public_institution')
        OR k.level = 'township' THEN 'agency_type'
    END AS scope_basis
  FROM keyed k LEFT JOIN agreement a USING (report_id) LEFT JOIN held h USING (report_id)
),
placed AS (
  SELECT t.* REPLACE (CASE WHEN t.scope = 'unknown' THEN d.scope ELSE t.scope END AS scope)
  FROM told t JOIN decided d USING (report_id)
),

-- Of several figures for the same: a number before none, the table before the text, what is said without 余 and 约,
-- what is said most often, what is said first.
counted AS (
  SELECT *, count(*) OVER (PARTITION BY report_id, scope, indicator, source, value) AS times FROM placed
),
ranked AS (
  SELECT *, row_number() OVER w AS rank, first_value(low) OVER w AS best_low, first_value(high) OVER w AS best_high
  FROM counted
  WINDOW w AS (
    PARTITION BY report_id, scope, indicator
    ORDER BY value IS NULL, source <> 'table', qualifier IS NOT NULL OR value_high IS NOT NULL, times DESC, id
  )
),
printed AS (
  SELECT *, $shown AS shown FROM ranked
),
cells AS (
  SELECT report_id, scope, indicator,
    any_value(value) FILTER (rank = 1) AS value,
    any_value(low) FILTER (rank = 1) AS low,
    any_value(high) FILTER (rank = 1) AS high,
    any_value(state) FILTER (rank = 1) AS state,
    any_value(source) FILTER (rank = 1) AS source,
    any_value(nullif(concat_ws(' ', qualifier, 'to ' || $high_shown), '')) FILTER (rank = 1) AS qualifier,
    string_agg(DISTINCT source || ' ' || shown, '; ' ORDER BY source || ' ' || shown)
      FILTER (low > best_high OR high < best_low) AS conflict
  FROM printed
  GROUP BY report_id, scope, indicator
),

-- Of several files of the same report: the one that gives most figures, the fewest of them worked out from sums.
quality AS (
  SELECT report_id, count(value) AS figures, count(*) FILTER (state = 'derived') AS derived
  FROM cells GROUP BY report_id
),
verdicts AS (
  SELECT report_id,
    count(*) FILTER (status = 'ok') AS checks_ok,
    count(*) FILTER (status = 'mismatch') AS checks_mismatch,
    count(*) FILTER (status = 'unknown') AS checks_unknown,
    count(*) FILTER (status = 'mismatch' AND severity = 'identity') AS identity_mismatch
  FROM checks GROUP BY report_id
),
unread AS (SELECT report_id, count(*) AS n_unreadable FROM facts WHERE state = 'unreadable' GROUP BY report_id),
files AS (
  SELECT k.report_id, k.same, k.name, row_number() OVER (
      PARTITION BY k.same
      ORDER BY coalesce(q.figures, 0) DESC, coalesce(q.derived, 0), coalesce(u.n_unreadable, 0),
        coalesce(v.identity_mismatch, 0), k.format NOT IN ('html', 'docx'), k.format = 'pdf', k.chars DESC, k.name,
        k.report_id
    ) AS rank
  FROM keyed k
  LEFT JOIN quality q USING (report_id) LEFT JOIN verdicts v USING (report_id) LEFT JOIN unread u USING (report_id)
),
-- The same bytes may lie at several paths. A file that has the name of the chosen one is told apart by its path.
paths AS (
  SELECT f.same, f.rank = 1 AND p.path = r.path AS chosen, p.path,
    CASE WHEN p.path = r.path THEN r.name ELSE parse_filename(p.path) END AS name,
    first_value(f.name) OVER (PARTITION BY f.same ORDER BY f.rank) AS best
  FROM files f JOIN reports r USING (report_id), unnest(r.paths) AS p(path)
),
besides AS (
  SELECT same, CASE WHEN name = best THEN path ELSE name END AS shown FROM paths WHERE NOT chosen
),
others AS (
  SELECT same, string_agg(DISTINCT shown, '; ' ORDER BY shown) AS other_reports FROM besides GROUP BY same
),
filed AS (SELECT c.report_id, c.scope, c.indicator, c.low, c.high, f.same, f.rank FROM cells c JOIN files f USING (report_id)),
differing AS (
  SELECT mine.report_id, mine.scope, count(DISTINCT mine.indicator) AS other_differs
  FROM filed mine JOIN filed theirs USING (same, scope, indicator)
  WHERE mine.rank = 1 AND theirs.rank > 1 AND (theirs.low > mine.high OR theirs.high < mine.low)
  GROUP BY mine.report_id, mine.scope
),

-- Figures by their number in columns.tsv. A report has few of them: they become columns at the very end.
figures AS (
  SELECT report_id, scope, count(value) AS n_figures,
    map_from_entries(list({
      'key': list_position([$indicators], indicator),
      'value': {'value': value, 'state': state, 'source': source, 'qualifier': qualifier, 'conflict': conflict}
    })) AS cells
  FROM cells
  GROUP BY report_id, scope
),
shares AS (
  PIVOT (
    SELECT report_id, category, {'share': share, 'low': low, 'high': high, 'sentences': sentences} AS cell
    FROM category_shares
  )
  ON category IN ($categories) USING first(cell)
  GROUP BY report_id
),
lengths AS (SELECT report_id, count(*) AS n_sentences FROM sentences GROUP BY report_id),
lines AS (
  SELECT report_id, scope, true AS main FROM decided
  UNION ALL
  SELECT DISTINCT p.report_id, p.scope, false FROM placed p JOIN decided d USING (report_id) WHERE p.scope <> d.scope
),

filled AS (
  SELECT
    k.agency_key, k.agency, k.agency_type, k.region, k.region_code, k.level, k.year,
    l.scope, CASE WHEN l.main THEN d.scope_basis ELSE 'stated' END AS scope_basis, l.main,
    'ok' AS report_status, k.name AS report, k.report_id, k.format, o.other_reports,
    CASE WHEN o.same IS NOT NULL THEN coalesce(x.other_differs, 0) END AS other_differs,
    k.title, k.published, k.regime, k.form, k.script, k.period_start, k.period_end,
    -- What is of the whole report stands in its main row, so that sums over rows count it once.
    CASE WHEN l.main THEN k.chars END AS chars,
    CASE WHEN l.main THEN coalesce(n.n_sentences, 0) END AS n_sentences,
    coalesce(g.n_figures, 0) AS n_figures,
    CASE WHEN l.main THEN coalesce(u.n_unreadable, 0) END AS n_unreadable,
    CASE WHEN l.main THEN coalesce(v.checks_ok, 0) END AS checks_ok,
    CASE WHEN l.main THEN coalesce(v.checks_mismatch, 0) END AS checks_mismatch,
    CASE WHEN l.main THEN coalesce(v.checks_unknown, 0) END AS checks_unknown,
    CASE WHEN l.main THEN coalesce(v.identity_mismatch, 0) END AS identity_mismatch,
    $share_columns,
    b.interpretation_clauses AS interp_clauses, b.interpretation_chars AS interp_chars,
    b.news_clauses, b.news_chars,
    b.naive AS balance_naive, b.adjusted AS balance_adjusted, b.low AS balance_low, b.high AS balance_high,
    b.n AS balance_n, b.few AS balance_few, b.item_share, b.item_share_low, b.item_share_high,
    $figure_columns,
    $own_columns
  FROM lines l
  JOIN files f ON f.report_id = l.report_id AND f.rank = 1
  JOIN keyed k ON k.report_id = l.report_id
  JOIN decided d ON d.report_id = l.report_id
  LEFT JOIN others o ON o.same = f.same
  LEFT JOIN differing x ON x.report_id = l.report_id AND x.scope = l.scope
  LEFT JOIN figures g ON g.report_id = l.report_id AND g.scope = l.scope
  LEFT JOIN shares s ON s.report_id = l.report_id AND l.main
  LEFT JOIN balance b ON b.report_id = l.report_id AND l.main
  LEFT JOIN lengths n ON n.report_id = l.report_id
  LEFT JOIN verdicts v ON v.report_id = l.report_id
  LEFT JOIN unread u ON u.report_id = l.report_id
),

-- Who should have reported and did not: a file that could not be read tells it by its manifest, or by its name.
codes AS (
  SELECT l.agency, l.region_code AS listed_code, min(k.region_code) AS region_code, min(k.agency_key) AS agency_key
  FROM keyed k JOIN listed l USING (report_id) GROUP BY l.agency, listed_code
),
failed AS (
  SELECT *, $bare AS bare
  FROM (
    SELECT r.report_id, r.name, r.path, r.format, $told_agency AS agency, try_cast($told_year AS INTEGER) AS year
    FROM reports r WHERE r.status = 'failed'
  )
),
missing AS (
  SELECT f.agency, coalesce(f.region_code, any_value(c.region_code)) AS region_code, f.year, true AS main,
    coalesce(any_value(c.agency_key), concat_ws(' ', f.region_code, f.bare)) AS agency_key,
    CASE WHEN count(r.report_id) > 0 THEN 'unreadable' ELSE any_value(f.status) END AS report_status,
    min(r.name) AS report, min(r.report_id) AS report_id, min(r.format) AS format
  FROM frame f
  LEFT JOIN codes c ON c.agency = f.agency AND c.listed_code IS NOT DISTINCT FROM f.region_code
  LEFT JOIN failed r
  ON f.file IN (r.name, r.path)
    OR (r.bare = f.bare AND r.year = f.year)
    OR (contains(r.name, f.bare) AND contains(r.name, f.year::VARCHAR)
      -- 云澜市教育局2021.pdf is not of 云澜市.
      AND regexp_replace(replace(r.name, f.bare, ''), '$in_names', '', 'g') = '')
  WHERE NOT EXISTS (
    SELECT 1 FROM keyed k JOIN listed l USING (report_id)
    WHERE l.agency = f.agency AND k.year = f.year AND l.region_code IS NOT DISTINCT FROM f.region_code)
  GROUP BY f.agency, f.region_code, f.year, f.bare
)

SELECT * FROM filled
UNION ALL BY NAME
SELECT * FROM missing
ORDER BY $order
