-- Order lines that count, whole history up to a day, amounts in whole fen.
-- "rest" is what rounding to fen took away (only where amounts have more than two decimals). Empty ids stand for unknown.
SELECT
    order_date AS date,
    date_trunc('month', order_date)::DATE AS month,
    coalesce(org_id, 'unassigned') AS org_id,
    coalesce(rep_id, '') AS rep_id,
    coalesce(customer_id, '') AS customer_id,
    coalesce(product_id, '') AS product_id,
    product_line,
    order_id,
    order_line_id,
    is_return,
    qty,
    round(amount * 100)::BIGINT AS amount_fen,
    (amount * 100 - round(amount * 100))::DECIMAL(18, 4) AS rest
FROM counted_line
WHERE ($as_of::DATE IS NULL OR order_date <= $as_of::DATE)
  AND coalesce(currency, $currency::VARCHAR) = $currency::VARCHAR
