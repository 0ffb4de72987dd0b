-- Failures of one service among those of all: the index has what a row shares with others, so none but its own is read.
DROP INDEX logs_error;
CREATE INDEX logs_error ON logs (timestamp DESC, shape_id) WHERE level IN ('error', 'fatal');
DROP INDEX spans_error;
CREATE INDEX spans_error ON spans (timestamp DESC, shape_id) WHERE status = 'error';
