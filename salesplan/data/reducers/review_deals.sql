-- Deals as they stood on the review's last day: open ones, and those that closed or should have closed since a day.
-- What ended later was open then; its stage of then is not known.
SELECT
    opportunity_id,
    seller_id,
    customer_id,
    CASE WHEN closed_on > $as_of::DATE THEN NULL ELSE stage END AS stage,
    CASE WHEN closed_on > $as_of::DATE THEN 'open' ELSE coalesce(status, 'open') END AS status,
    amount::DOUBLE AS amount,
    created_date::TIMESTAMP AS created_date,
    expected_close_date::TIMESTAMP AS expected_close_date,
    CASE WHEN closed_on <= $as_of::DATE THEN closed_on END::TIMESTAMP AS closed_date
FROM review_deal
WHERE (coalesce(status, 'open') <> 'void' OR closed_on > $as_of::DATE)
  AND (coalesce(status, 'open') = 'open' OR closed_on > $as_of::DATE
       OR coalesce(closed_on, expected_close_date) >= $start::DATE OR expected_close_date >= $start::DATE)
ORDER BY opportunity_id
