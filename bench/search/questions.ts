/** What someone would ask, in other words than the telemetry's, and how the problem that they mean is recognised. */
export interface Question {
  /** Something that went wrong, or something that happened as it should. */
  readonly about: 'trouble' | 'business'
  readonly text: string
  /** Matches the template or the service-qualified template (`service: template`) of a right answer. */
  readonly answer: RegExp
}

/**
 * Written by hand against what `sensorium demo` with the seeds 1, 2 and 3 leaves behind. The demo's services never use
 * these sentences.
 */
export const QUESTIONS: readonly Question[] = [
  {
    about: 'trouble',
    text: 'customers cannot pay because the bank does not answer in time',
    answer: /GatewayTimeoutError/,
  },
  { about: 'trouble', text: 'credit card was rejected', answer: /CardDeclinedError/ },
  { about: 'trouble', text: 'we could not deliver an e-mail to a customer', answer: /MailRefusedError/ },
  { about: 'trouble', text: 'label printing for parcels takes too long', answer: /CarrierTimeoutError/ },
  {
    about: 'trouble',
    text: 'shipping company sent back something that is not valid JSON',
    answer: /CarrierResponseError/,
  },
  { about: 'trouble', text: 'item sold out while ordering', answer: /OutOfStockError/ },
  { about: 'trouble', text: 'lost the connection to the database', answer: /DatabaseConnectionError/ },
  { about: 'trouble', text: 'duplicate key when booking stock movements', answer: /LedgerSequenceError/ },
  { about: 'trouble', text: 'currency conversion fails', answer: /ExchangeRateError/ },
  { about: 'trouble', text: 'login sessions cannot be read', answer: /SessionStoreError/ },
  { about: 'trouble', text: 'delivery address is wrong', answer: /InvalidAddressError/ },
  { about: 'trouble', text: 'checkout fails because a service behind it returned an error', answer: /UpstreamError/ },
  {
    about: 'trouble',
    text: 'payments fail during checkout',
    answer: /UpstreamError at pay|payment of order .* failed/,
  },
  {
    about: 'trouble',
    text: 'goods are returned to the warehouse after an unsuccessful payment',
    answer: /giving .* back to stock/,
  },
  { about: 'trouble', text: 'running out of articles in the warehouse', answer: /is low|OutOfStockError/ },
  { about: 'trouble', text: 'calls to the inventory are repeated', answer: /inventory answered .* retrying/ },
  { about: 'trouble', text: 'notification service is retried', answer: /notification answered .* retrying/ },
  { about: 'trouble', text: 'shopper hung up before the answer came', answer: /client closed the connection/ },
  { about: 'business', text: 'new version of the payment service was rolled out', answer: /deployed payment/ },
  { about: 'business', text: 'release of the inventory', answer: /deployed inventory/ },
  { about: 'business', text: 'service has started and accepts connections', answer: /listens on port/ },
  { about: 'business', text: 'fraud assessment', answer: /risk score/ },
  { about: 'business', text: 'discount code was redeemed', answer: /voucher/ },
  { about: 'business', text: 'money was taken from the buyer', answer: /authorized/ },
  { about: 'business', text: 'parcel is on its way', answer: /in_transit|shipment .* booked/ },
  { about: 'business', text: 'added to basket', answer: /put into the cart/ },
  { about: 'business', text: 'what does the courier charge', answer: /quoted/ },
  { about: 'business', text: 'confirmation mail went out', answer: /order confirmation/ },
  { about: 'business', text: 'does the user agree to receive messages', answer: /consents read/ },
  { about: 'business', text: 'event was put on the queue', answer: /published/ },
  { about: 'business', text: 'list of products had to be fetched again', answer: /catalog page is not cached/ },
  { about: 'business', text: 'stock held back for a purchase', answer: /reserved .* items/ },
  { about: 'business', text: 'reservation given up', answer: /released .* items/ },
  { about: 'trouble', text: 'gRPC call ran out of time', answer: /DEADLINE_EXCEEDED|GatewayTimeoutError/ },
  { about: 'business', text: 'someone looked at an article', answer: /product .* viewed/ },
  { about: 'business', text: 'purchase completed', answer: /order .* placed|order .* confirmed/ },
]
