-- The same lines with the fractions of a fen carried on from line to line, so that every month's total is its exact sum
-- rounded once, and the sum of any seller's lines in a month is within one fen of theirs.
SELECT
    * EXCLUDE (amount_fen, rest),
    amount_fen + (round(sum(rest) OVER carried) - round(sum(rest) OVER carried - rest))::BIGINT AS amount_fen,
    0::DECIMAL(18, 4) AS rest
FROM review_line
WINDOW carried AS (
    PARTITION BY month
    ORDER BY org_id, rep_id, date, order_id, order_line_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
)
