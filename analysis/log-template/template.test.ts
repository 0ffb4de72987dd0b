import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { templateOf } from './template.ts'

/** Message, its template; what the placeholders hold is asserted below. */
const CASES: Record<string, [message: string, template: string][]> = {
  numbers: [
    ['Found 0 items', 'Found <num> items'],
    ['balance is -17 now', 'balance is <num> now'],
    ['offset=+3', 'offset=<num>'],
    ['ratio 0.0239, then 1.5E-9 and 2e10', 'ratio <num>, then <num> and <num>'],
    ['total 1,234,567.89 of 12,000', 'total <num> of <num>'],
    ['at 93.5% of 100%', 'at <num>% of <num>%'],
    ['retry 3/5', 'retry <num>/<num>'],
    ['screen 80x25', 'screen <num>x<num>'],
    ['order #12345 costs $45.99', 'order #<num> costs $<num>'],
    ['6 > 3', '<num> > <num>'],
    ['the 2nd and 15th try', 'the <num> and <num> try'],
  ],
  'values that their place gives away': [
    [
      'ana : TTY=pts/0 ; PWD=/home/ana ; USER=root ; COMMAND=/bin/ls -l',
      'ana : TTY=<value> ; PWD=<path> ; USER=root ; COMMAND=<value>',
    ],
    ['HRESULT = 0x80070490 - ERROR_NOT_FOUND', 'HRESULT = <hex>'],
    ['HRESULT = 0x00000000 - S_OK', 'HRESULT = <hex> - S_OK'],
    ['status installed libssl3:amd64 3.0.15-1~deb12u1', 'status installed <value> <version>'],
    ['upgrade curl:amd64 7.88.1-10+deb12u7 to 2.36-9+deb12u9', 'upgrade <value> <version> to <version>'],
    ['I/O error, dev sdb, sector 7', 'I/O error, dev <id>, sector <num>'],
    ['the sdk of sdn', 'the sdk of sdn'],
    ['Accepted publickey for deploy from 10.0.0.9', 'Accepted publickey for <user> from <ip>'],
    ['Failed password for root from 10.0.0.9', 'Failed password for root from <ip>'],
    ['connect from unknown[203.0.113.9]', 'connect from <host>[<ip>]'],
    ['user bo.smith logged in from 10.0.0.7', 'user <user> logged in from <ip>'],
    ['user data joined with orders', 'user data joined with orders'],
    ['ana/203.0.113.7:51234 connected', '<ip> connected'],
    ['pam_unix(sshd:session): session closed', 'pam_unix(<value>:session): session closed'],
    ['pod=sender-0_mail(77ab) gone', 'pod=<value> gone'],
    ['a=x1&b=2', 'a=<value>&b=<num>'],
    [
      "Request method 'GET' is not supported, reason 'none'",
      "Request method '<quoted>' is not supported, reason '<quoted>'",
    ],
    ['importing prices.csv through System.out', 'importing <path> through System.out'],
  ],
  'names with one number keep their letters': [
    ['eth0 up on node-31', 'eth<num> up on node-<num>'],
    ['generating core.2275', 'generating core.<num>'],
    ['lost blk_-6952295868487656571', 'lost blk_<num>'],
    ['mesos-slave-07:55904 left', 'mesos-slave-<num>:<num> left'],
    ['snapshot.300000dcd written', 'snapshot.<hex> written'],
  ],
  'terms of the trade keep their digit': [
    ['sha256 over ssh2 and ipv6', 'sha256 over ssh2 and ipv6'],
    ['built for x86_64 with utf8mb4', 'built for x86_64 with utf8mb4'],
  ],
  identifiers: [
    ['attempt_201706092018_0024_m_000002_1010: Committed', '<id>: Committed'],
    ['pod my-app-7d9f8b6c5-x2x4z evicted', 'pod <id> evicted'],
    ['key AKIAIOSFODNN7EXAMPLE denied', 'key <id> denied'],
    ['host 04DN8IQ is gone', 'host <id> is gone'],
    ['package Package_for_KB2928120~31bf3856ad364e35~amd64~~6.1.1.2, state: 112', 'package <id>, state: <num>'],
  ],
  'hex and hashes': [
    ['session 0x14ede63a5a70002 closed', 'session <hex> closed'],
    ['iar 003a90fc dear 00b360e8', 'iar <hex> dear <hex>'],
    ['mask=ffffffff', 'mask=<hex>'],
    ['sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 ok', 'sha256:<hex> ok'],
    ['QuorumServer@33557fe4 joins', 'QuorumServer@<hex> joins'],
    ['a facade, a decade: added', 'a facade, a decade: added'],
  ],
  uuids: [
    ['id 550e8400-e29b-41d4-a716-446655440000.', 'id <uuid>.'],
    ['{550E8400-E29B-41D4-A716-446655440000}', '{<uuid>}'],
    ['req-550e8400-e29b-41d4-a716-44665544 cut', '<id> cut'],
  ],
  'ip addresses': [
    ['from 10.0.0.1', 'from <ip>'],
    ['to /10.0.0.1:50010:', 'to /<ip>:'],
    ['route 10.0.0.0/16 via 10.0.0.1.', 'route <ip> via <ip>.'],
    ['via 10.11.21.143,10.11.10.1 now', 'via <ip> now'],
    ['peer [2001:db8::1]:8080', 'peer [<ip>]:<num>'],
    ['from fe80::1ff:fe23:4567:890a%eth0', 'from <ip>'],
    ['listen on :: and ::1', 'listen on :: and <ip>'],
    ['mapped ::ffff:10.1.2.3', 'mapped <ip>'],
    ['Foo::Bar::add(1)', 'Foo::Bar::add(<num>)'],
    ['10.0.0.1:50010:Got exception', '<ip>:Got exception'],
    ['build 6.1.7601.23505', 'build <version>'],
    ['10.0.0.255 and 10.0.256.0 and 99.199.249.250', '<ip> and <version> and <ip>'],
  ],
  'hardware addresses': [
    ['from 00:11:43:e3:ba:c3 via eth1', 'from <mac> via eth<num>'],
    ['chip FF:F2:9F:16:E2:23:00:0D:60:E9:1D:DC', 'chip <mac>'],
    ['card 00-1a-2b-3c-4d-5e', 'card <mac>'],
  ],
  hosts: [
    ['www.google.com:443 close', '<host> close'],
    ['rhost=ec2-52-80-34-196.cn-north-1.compute.amazonaws.com.cn', 'rhost=<host>'],
    ['5.36.59.76.dynamic-dsl-ip.omantel.net.om', '<host>'],
    ['trello.com:443 and csdnimg.cn:80', '<host> and <host>'],
    ['at main.go:42', 'at main.go:<num>'],
    ['msra-sa-41/10.190.173.170:8030', 'msra-sa-<num>/<ip>'],
  ],
  'dotted names': [
    ['visible is system.time.showampm', 'visible is <class>'],
    ['class org.apache.hadoop.mapred.MRAppMaster$Dispatcher', 'class <class>'],
    ['user.dir and NameSystem.addBlock stay', 'user.dir and NameSystem.addBlock stay'],
    ['java.io.IOException: Broken pipe', 'java.io.IOException: Broken pipe'],
    ['u0 com.tencent.qt.qtl/.activity.News t761', 'u<num> <path> t<num>'],
  ],
  'urls and e-mail': [
    ['GET https://api.example.com/v1/x?a=1&b=[2].', 'GET <url>.'],
    ['see (http://example.com/a_(b)) there', 'see (<url>) there'],
    ['jdbc:postgresql://db:5432/app failed', 'jdbc:<url> failed'],
    ['from hdfs://10.10.34.11:9000/logs/x.log:21876+7292', 'from <url>'],
    ['mail from bob.b@example.org, cc amy@example.net.', 'mail from <email>, cc <email>.'],
    ['npm@9 user@host', 'npm@<num> user@host'],
  ],
  paths: [
    ['open /etc/httpd/conf/workers2.properties failed', 'open <path> failed'],
    ['spec: /mapreduce/* and /ws/*', 'spec: <path> and <path>'],
    ['in ./run, ../x and ~/.ssh/config', 'in <path>, <path> and <path>'],
    ['Core: C:\\Windows\\winsxs\\amd64_31bf_6.1\\cbscore.dll', 'Core: <path>'],
    ['share \\\\srv\\data\\x', 'share <path>'],
    ['compiled src/main/java/App.java', 'compiled <path>'],
    ['TCP/IP load/store Input/output n/a', 'TCP/IP load/store Input/output n/a'],
    ['a / b // c', 'a / b // c'],
    ['chdir(/p/gb2/8M_5000K/t800) failed: No such file', 'chdir(<path>) failed: No such file'],
  ],
  times: [
    ['2026-09-28T04:30:30.123Z up', '<time> up'],
    ['at 2026-09-28 04:30:30,123 +0200', 'at <time>'],
    ['00000001@2016/9/27:20:30:31.455 init', '<num>@<time> init'],
    ['[10/Oct/2000:13:55:36 -0700]', '[<time>]'],
    ['at Fri Jun 17 07:07:00 2005', 'at <time>'],
    ['Fri Jul 01 08:16:53 PDT 2005!', '<time>!'],
    ['Tue, 15 Nov 1994 08:12:31 GMT done', '<time> done'],
    ['expires Jan 5, 2025', 'expires <time>'],
    ['at 9/28/2026 4:30 PM', 'at <time>'],
    ['20260928T043030Z', '<time>'],
    ['20171223-22:15:29:606|step', '<time>|step'],
    ['lifetime 00:01', 'lifetime <time>'],
    ['11: Bye', '<num>: Bye'],
    ['ratio 1:2:3', 'ratio <num>:<num>'],
    ['2026-13-45 and 99:99:99 are none, May 5 people', '<id> and <time> are none, <time> people'],
  ],
  durations: [
    ['took 5 ms', 'took <duration>'],
    ['took 10000ms, 1h30m5s, 5m', 'took <duration>, <duration>'],
    ['lifetime <1 sec', 'lifetime <duration>'],
    ['for 30 seconds.', 'for <duration>.'],
    ['512 pages', '<num> pages'],
  ],
  sizes: [
    ['403 bytes sent', '<size> sent'],
    ['18846 bytes (18.4 KB) received', '<size> received'],
    ['used 1.5GiB of 16 GB', 'used <size> of <size>'],
    ['GC 512K->256K(1024K)', 'GC <size>-><size>(<size>)'],
    ['126MB LOWMEM, 0MB HIGHMEM', '<size> LOWMEM, <size> HIGHMEM'],
  ],
  versions: [
    ['klogd 1.4.1, driver v0.97', 'klogd <version>, driver <version>'],
    ['react@18.2.0-rc.1 on 2.6.5-1.358', 'react@<version> on <version>'],
  ],
  'base64 and tokens': [
    ['Basic dXNlcjpwYXNzd29yZDEyMzQ1Njc4OTA=', 'Basic <base64>'],
    ['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_X', 'jwt <base64>'],
  ],
  users: [
    ['authentication failure; user=alice', 'authentication failure; user=<user>'],
    ['ruser= rhost=10.0.0.1 user=root', 'ruser= rhost=<ip> user=root'],
    ['Invalid user webmaster from 10.0.0.1', 'Invalid user <user> from <ip>'],
    ['invalid user 0101 [preauth]', 'invalid user <user> [preauth]'],
    ['session opened for user cyrus by (uid=0)', 'session opened for user <user> by (uid=<num>)'],
    ['check pass; user unknown', 'check pass; user unknown'],
    ['waiting for user input', 'waiting for user input'],
    ['login: bob, username=DOM\\bob@x', 'login: <user>, username=<user>'],
  ],
  'quoted values': [
    ['tag="View Lock" ok', 'tag="<quoted>" ok'],
    ["removing device node '/udev/vcsa2'", "removing device node '<quoted>'"],
    ["can't find user's file, don't retry", "can't find user's file, don't retry"],
    ['name=android", ws=null', 'name=<value>", ws=<null>'],
    ['Component \\042alt0\\042 is down', 'Component \\042<quoted>\\042 is down'],
    ["can't stat `a b'", "can't stat `<quoted>'"],
    ['“x” unterminated "y', '“<quoted>” unterminated "y'],
    ['"GET /v2/54fa/servers HTTP/1.1" status: 200', '"GET <path> HTTP/<num>" status: <num>'],
    ['msg="failed to dial" err="dial tcp 10.0.0.1:80: refused"', 'msg="failed to dial" err="dial tcp <ip>: refused"'],
    ['ran "SELECT * FROM users WHERE id = 42"', 'ran "SELECT * FROM users WHERE id = <num>"'],
    ['"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"', '"<quoted>"'],
  ],
  'json payloads': [
    ['payload: {"a":1,"b":[1,"}"]} rejected', 'payload: <json> rejected'],
    ["got {'a': 1}", 'got <json>'],
    ['got {"a": "unclosed', 'got {"a": "unclosed'],
    ['token=Token{a64f992 u0}', 'token=Token{<hex> u<num>}'],
    ['{"msg":"user 12 logged in","ts":17}', 'user <num> logged in'],
    [
      '{"level":50,"err":{"type":"TypeError","message":"x of 7"},"msg":"request failed"}',
      'request failed TypeError x of <num>',
    ],
    ['{"time":1,"error":"refused","message":"no answer"}', 'no answer refused'],
    ['{"a":{"b":1},"c":2}', '{"a":<json>,"c":<num>}'],
  ],
  'booleans and nothing': [
    ['overlap:false, allDrawn= true, ok=True', 'overlap:<bool>, allDrawn= <bool>, ok=<bool>'],
    ['ws=null, x: nil, y=None', 'ws=<null>, x: <null>, y=<null>'],
    ['config in null state', 'config in null state'],
  ],
  lists: [
    ['delete blk_1 blk_-2 blk_3 blk_4', 'delete blk_<num> blk_<num>'],
    ['ids=[1,2,3,4]', 'ids=[<num>,<num>]'],
    ["in ['a', 'b', 'c']", "in ['<quoted>', '<quoted>']"],
    ['fans ( 3552 3534 3375 )', 'fans ( <num> <num> )'],
  ],
  'white space, rules and colours': [
    ['  a \t b\r\nc  ', 'a b c'],
    ['alignment...............0', 'alignment...<num>'],
    ['******* GOODBYE ********', '*** GOODBYE ***'],
    ['\u001b[31;1mERROR\u001b[0m bad \u0000 byte', 'ERROR bad byte'],
    ['', ''],
    [' \n', ''],
  ],
  'other scripts': [
    ['用户123登录成功，耗时5ms', '用户<num>登录成功，耗时<num>ms'],
    ['Пользователь вошёл id=55', 'Пользователь вошёл id=<num>'],
    ['done 🎉 7 \ud800', 'done 🎉 <num> \ud800'],
  ],
}

const KINDS_MENDED: Record<string, [message: string, template: string][]> = {
  'outcomes in quotation marks are no values': [
    ['action="login" outcome="success" user="ana"', 'action="login" outcome="success" user="<quoted>"'],
    ['apparmor="DENIED" profile="docker"', 'apparmor="DENIED" profile="<quoted>"'],
    ['status "True" of node "a"', 'status "True" of node "<quoted>"'],
    ['server.go:42] "SyncLoop ADD" source="api"', 'server.go:<num>] "SyncLoop ADD" source="<quoted>"'],
    ['level=info info="Connection refused"', 'level=info info="Connection refused"'],
  ],
  'values of keys': [
    ['topic=orders group=billing state=draining', 'topic=<value> group=<value> state=draining'],
    ['user=root err=EOF result=denied', 'user=root err=EOF result=denied'],
  ],
  'ids without a digit': [
    ['order ord_jwcrrhqkxy paid', 'order ord_<id> paid'],
    ['order ord_d4phap, message msg_rkswndkaca, ord_cafe12ab', 'order ord_<id>, message msg_<id>, ord_<id>'],
    ['use_http2 of pg_catalog on io_uring and db_backend12', 'use_http2 of pg_catalog on io_uring and db_backend<num>'],
    ['session zqxjkvwpmr opened', 'session <id> opened'],
    ['pod basket-7c9d8f5b6d-xzqwv up', 'pod <id> up'],
    ['order_processing of user_account, background-worker', 'order_processing of user_account, background-worker'],
  ],
  'money and languages': [
    ['paid 99.50 PLN and 3 EUR', 'paid <num> and <num>'],
    ['text in de-DE or en_US, is in-US', 'text in <value> or <value>, is <value>'],
  ],
  'codes, algorithms and what a process ended with': [
    ['failed with code E11000', 'failed with code E11000'],
    ['E11000 duplicate key', 'E11000 duplicate key'],
    ['ssh2: ED25519 and sha1', 'ssh2: ED25519 and sha1'],
    ['exit code 137, exited with status 0', 'exit code 137, exited with status 0'],
    ['took 137 of exit', 'took <num> of exit'],
  ],
  'constants, units and files': [
    ['action:com.acme.intent.POWER_ON', 'action:com.acme.intent.POWER_ON'],
    ['user@1000.service: done, ana@acme.com', '<unit>: done, <email>'],
    ['wrote part-00003.csv and dump-12-7.sql', 'wrote <path> and <path>'],
    ['error in foo/bar.py:12', 'error in foo/bar.py:<num>'],
    ['error in foo/bar.py:120', 'error in foo/bar.py:<num>'],
  ],
  'access logs': [
    [
      '10.0.3.7 - ana [12/Jan/2026:03:04:05 +0000] "GET /x HTTP/1.1" 200 5 "-" "curl/8"',
      '<ip> <client> [<time>] "GET <path> HTTP/<num>" <num> <value>',
    ],
    [
      'connect() failed while connecting to upstream, request: "GET /x HTTP/1.1"',
      'connect() failed while connecting to upstream, request: "<quoted>"',
    ],
  ],
}

describe('a message becomes its template, and keeps what tells', () => {
  for (const [kind, cases] of Object.entries(KINDS_MENDED)) {
    it(kind, () => {
      for (const [message, template] of cases) assert.equal(templateOf(message).template, template, message)
    })
  }
})

describe('a message becomes its template', () => {
  for (const [kind, cases] of Object.entries(CASES)) {
    it(kind, () => {
      for (const [message, template] of cases) assert.equal(templateOf(message).template, template, message)
    })
  }
})

describe('parameters', () => {
  it('are the values in the order of their placeholders', () => {
    assert.deepEqual(templateOf('user=bob got 5 KB (5120 bytes) from /x in <1 sec, ids 1 2 3 4').parameters, [
      { kind: 'user', value: 'bob' },
      { kind: 'size', value: '5 KB (5120 bytes)' },
      { kind: 'path', value: '/x' },
      { kind: 'duration', value: '<1 sec' },
      { kind: 'num', value: '1' },
      { kind: 'num', value: '2 3 4' },
    ])
  })

  it('hold quoted text without its quotation marks, and lists of it', () => {
    assert.deepEqual(templateOf(`set "x y" to ['a','b','c']`).parameters, [
      { kind: 'quoted', value: 'x y' },
      { kind: 'quoted', value: 'a' },
      { kind: 'quoted', value: "b','c" },
    ])
  })
})
