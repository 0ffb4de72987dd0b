import assert from 'node:assert/strict'
import { test } from 'node:test'
import { templateOf } from './template.ts'

const cases: [string, string][] = [
  ['payment of order ord_n6c0qtct8 failed', 'payment of order ord_<id> failed'],
  ['payment of order ord_yhck4vg7v failed', 'payment of order ord_<id> failed'],
  ['shipment shp_cbfdvb7tmk booked', 'shipment shp_<id> booked'],
  ['message msg_cbfdvbqz12 sent', 'message msg_<id> sent'],
  ['node_database01 and db-backend12 are up', 'node_database<num> and db-backend<num> are up'],
  ['log4jappender in use_http2', 'log<num>jappender in use_http2'],
  ['link eth0 is up', 'link eth<num> is up'],
  ['reading core.1234', 'reading core.<num>'],
]
for (const [message, template] of cases) {
  test(`${message}: letters that name a kind stay, letters of a random id do not`, () => {
    assert.equal(templateOf(message).template, template)
  })
}
