-- Money received by month and seller; refunds negative.
SELECT
    date_trunc('month', receipt_date)::DATE AS month,
    rep_id,
    sum(CASE WHEN coalesce(is_refund, false) THEN -abs(amount) ELSE amount END)::DOUBLE AS amount,
    count(*) AS receipts
FROM receipt
WHERE amount IS NOT NULL
  AND ($as_of::DATE IS NULL OR receipt_date <= $as_of::DATE)
  AND ($currency::VARCHAR IS NULL OR coalesce(currency, $currency::VARCHAR) = $currency::VARCHAR)
GROUP BY ALL
ORDER BY ALL
