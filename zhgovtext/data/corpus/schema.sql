-- The tables of a corpus store (DuckDB), schema version 1. zhgovtext/store.py makes a new store by running this file.
--
-- Columns are named as in Report.to_dict(): `start` and `end` are half-open character offsets into reports.text. `end`
-- and `column` are words of SQL: write "end" and "column", or f.end and f.column behind the name of the table.
-- Rows of a table are told apart by report_id and id (or category, rank, term); report_id alone in reports and balance.
-- `more` holds, as JSON, what a later version of the package adds to a record and has no column yet; else it is null.
-- A report that was removed keeps its rows in all tables; the views leave it out.
-- Nothing but the table runs depends on when, by how many workers or in which order the reports were analysed.

-- What a store is: rows ('program', 'zhgovtext') and ('schema_version', '1').
CREATE TABLE store (
  key VARCHAR NOT NULL,
  value VARCHAR NOT NULL
);

-- Every path that brought a report. `source` is the argument of `zhgovtext batch` that led to it (a file, a folder, a
-- pattern, a manifest, a file of texts); `extra` its other columns in the manifest or file of texts, as JSON. The path of
-- a text is that of its file, then #, then its id.
CREATE TABLE inputs (
  path VARCHAR NOT NULL,
  source VARCHAR NOT NULL,
  name VARCHAR NOT NULL,
  report_id VARCHAR NOT NULL,
  extra JSON
);

-- One row a report: a file's bytes, or a text, under one or several paths.
CREATE TABLE reports (
  report_id VARCHAR NOT NULL,  -- the first 16 digits of sha256, of 'path:' and the path where no byte could be read
  sha256 VARCHAR,              -- of the file's bytes, of a text's UTF-8
  name VARCHAR NOT NULL,       -- the file's name, a text's id
  path VARCHAR NOT NULL,       -- the first of paths
  paths VARCHAR[] NOT NULL,    -- every path with these bytes, sorted
  status VARCHAR NOT NULL,     -- ok; failed (why: the columns error_…); removed (its source no longer has it)
  error_code VARCHAR,
  error_message VARCHAR,
  error_hint VARCHAR,
  fingerprint VARCHAR NOT NULL,  -- of all that the result depends on beside the input: see fingerprints
  format VARCHAR,              -- txt md html docx doc pdf string
  encoding VARCHAR,
  chars INTEGER,
  title VARCHAR,               -- from here to `profile`: the record's meta
  agency VARCHAR,
  agency_type VARCHAR,
  region VARCHAR,
  region_code VARCHAR,
  level VARCHAR,
  year INTEGER,
  period_start VARCHAR,
  period_end VARCHAR,
  published VARCHAR,
  doc_number VARCHAR,
  regime VARCHAR,
  form VARCHAR,
  script VARCHAR,
  profile VARCHAR,
  words INTEGER,               -- Chinese words in sentences and headings, of any length
  text VARCHAR,                -- as read
  tables JSON,                 -- as in the record
  notes JSON,                  -- as in the record
  extra JSON,                  -- of the first path that has any: the columns of the manifest or the file of texts
  more JSON
);

-- What results depend on beside the input: the record's provenance (package, codebook, model, lexicon, options).
CREATE TABLE fingerprints (
  fingerprint VARCHAR NOT NULL,
  provenance JSON NOT NULL
);

CREATE TABLE sections (
  report_id VARCHAR NOT NULL,
  id INTEGER NOT NULL,
  parent INTEGER,
  level INTEGER,
  number VARCHAR,
  title VARCHAR,
  start INTEGER,
  "end" INTEGER,
  more JSON
);

CREATE TABLE sentences (
  report_id VARCHAR NOT NULL,
  id INTEGER NOT NULL,
  section INTEGER,
  start INTEGER,
  "end" INTEGER,
  text VARCHAR,
  category VARCHAR,            -- null where the coder abstains
  probability DOUBLE,
  runner_up VARCHAR,
  scores FLOAT[],              -- of every category, in the order of the report's rows in category_shares; view `scores`
  more JSON
);

CREATE TABLE facts (
  report_id VARCHAR NOT NULL,
  id INTEGER NOT NULL,         -- from 0 in the order of the text
  indicator VARCHAR,
  applicant VARCHAR,           -- applicant, column, row: the fact's dimensions
  "column" VARCHAR,
  "row" VARCHAR,
  subject VARCHAR,
  value DOUBLE,
  value_high DOUBLE,
  unit VARCHAR,
  period VARCHAR,
  cumulative BOOLEAN,
  qualifier VARCHAR,
  scope VARCHAR,
  state VARCHAR,
  source VARCHAR,
  start INTEGER,
  "end" INTEGER,
  quote VARCHAR,
  more JSON
);

CREATE TABLE checks (
  report_id VARCHAR NOT NULL,
  id INTEGER NOT NULL,
  rule VARCHAR,
  severity VARCHAR,
  status VARCHAR,
  message VARCHAR,             -- in English
  message_zh VARCHAR,
  expected DOUBLE,
  actual DOUBLE,
  facts INTEGER[],             -- ids of facts
  start INTEGER,
  "end" INTEGER,
  more JSON
);

CREATE TABLE category_shares (
  report_id VARCHAR NOT NULL,
  id INTEGER NOT NULL,         -- the category's place in the codebook, from 0
  category VARCHAR NOT NULL,
  label VARCHAR,               -- in Chinese
  sentences INTEGER,
  chars INTEGER,
  share DOUBLE,
  low DOUBLE,
  high DOUBLE,
  adjusted DOUBLE,
  more JSON
);

CREATE TABLE balance (
  report_id VARCHAR NOT NULL,
  interpretation_clauses INTEGER,
  interpretation_chars INTEGER,
  interpretation_spans JSON,   -- [[start, end], …]
  news_clauses INTEGER,
  news_chars INTEGER,
  news_spans JSON,
  naive DOUBLE,                -- from here to `few`: the record's text_share
  adjusted DOUBLE,
  low DOUBLE,
  high DOUBLE,
  n INTEGER,
  few BOOLEAN,
  items_interpretation DOUBLE,
  items_news DOUBLE,
  items_channels DOUBLE,
  items_proactive DOUBLE,
  item_share DOUBLE,
  item_share_low DOUBLE,
  item_share_high DOUBLE,
  more JSON
);

-- The record's keywords: the 20 terms that set the report apart from the shipped reference.
CREATE TABLE keywords (
  report_id VARCHAR NOT NULL,
  rank INTEGER NOT NULL,       -- from 1
  term VARCHAR NOT NULL,
  score DOUBLE,
  count INTEGER,
  reference_count INTEGER,
  reference_documents INTEGER,
  log_likelihood DOUBLE,
  log_ratio DOUBLE,
  more JSON
);

-- How often each Chinese word of two characters or more stands in a report's sentences and headings, stop words too: for
-- keyness of one part of the corpus against another. reports.words is what the counts are parts of.
CREATE TABLE terms (
  report_id VARCHAR NOT NULL,
  term VARCHAR NOT NULL,
  count INTEGER NOT NULL
);

-- What was run, and how it went; the only table that knows of time and machine.
CREATE TABLE runs (
  run_id INTEGER NOT NULL,
  started TIMESTAMP,           -- UTC
  finished TIMESTAMP,          -- null where the run was killed
  workers INTEGER,
  engine VARCHAR,
  version VARCHAR,
  fingerprint VARCHAR,
  sources VARCHAR[],
  done INTEGER,                -- reports analysed by this run
  failed INTEGER,              -- of them without a result
  kept INTEGER,                -- reports that were there already
  removed INTEGER,
  seconds DOUBLE
);

-- Views for the usual questions; zhgovtext batch adds `panel`, a row an agency, year and scope ------------------------

-- Facts with what tells their report: the long table of `zhgovtext facts --format csv`.
CREATE VIEW figures AS
SELECT r.report_id, r.name, r.agency, r.agency_type, r.region, r.region_code, r.level, r.year, r.regime, r.form,
  f.* EXCLUDE (report_id)
FROM facts f JOIN reports r USING (report_id)
WHERE r.status = 'ok';

-- Sentences with what tells their report.
CREATE VIEW coded_sentences AS
SELECT r.report_id, r.name, r.agency, r.region_code, r.level, r.year, s.* EXCLUDE (report_id)
FROM sentences s JOIN reports r USING (report_id)
WHERE r.status = 'ok';

-- The probability of every category, a row a sentence and category.
CREATE VIEW scores AS
SELECT s.report_id, s.id, c.category, s.scores[c.id + 1] AS probability
FROM sentences s JOIN category_shares c USING (report_id) JOIN reports r USING (report_id)
WHERE r.status = 'ok' AND s.scores IS NOT NULL;

-- Reports that could not be analysed, and why.
CREATE VIEW failures AS
SELECT report_id, name, path, error_code, error_message, error_hint FROM reports WHERE status = 'failed';

-- Checks that found a contradiction.
CREATE VIEW mismatches AS
SELECT r.report_id, r.name, r.agency, r.year, c.* EXCLUDE (report_id)
FROM checks c JOIN reports r USING (report_id)
WHERE r.status = 'ok' AND c.status = 'mismatch';
