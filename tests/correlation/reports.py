# ruff: noqa: E501
"""Reports as the producers write them, invented values in true shapes."""

MINIMAL = b"""<testsuites><testsuite name="channel.airbnb" tests="4" timestamp="2026-01-10T09:58:00">
 <testcase classname="airbnb.pricing.RateSync" name="pushes_nightly_rate[USD]" time="1,201.5"><failure message="HTTP 503">...</failure></testcase>
 <testcase classname="airbnb.fees.FeeSync" name="cleaning_fee" time="0.2"><flakyFailure message="timeout"><stackTrace>...</stackTrace></flakyFailure></testcase>
 <testcase classname="airbnb.booking.Import" name="creates_lead" time="2.0"><skipped message="sandbox down"/></testcase>
 <testcase classname="airbnb.booking.Import" name="cancels_lead" status="notrun"/>
</testsuite></testsuites>
"""
PYTEST = b"""<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests"><testsuite name="pytest" errors="0" failures="1" skipped="0" tests="2" time="0.051"
 timestamp="2026-03-18T13:20:04.125000+01:00" hostname="ci"><testcase classname="tests.test_fees.TestSync" name="test_cleaning[EUR]" time="0.010"/>
<testcase classname="tests.test_fees.TestSync" name="test_tax" time="0.004"><failure message="assert 1 == 2">def test_tax()</failure></testcase>
</testsuite></testsuites>
"""
SUREFIRE = b"""<?xml version="1.0" encoding="UTF-8"?>
<testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="https://maven.apache.org/surefire/maven-surefire-plugin/xsd/surefire-test-report-3.0.xsd"
 version="3.0" name="com.pms.FeeSyncTest" time="1,234.5" tests="4" errors="0" skipped="0" failures="1">
  <properties><property name="user.home" value="/home/someone"/></properties>
  <testcase name="pushesFee" classname="com.pms.FeeSyncTest" time="1,201.5">
    <failure message="503" type="java.io.IOException">trace</failure>
    <rerunFailure message="503" type="java.io.IOException"><stackTrace>t</stackTrace></rerunFailure>
    <rerunFailure message="503" type="java.io.IOException"><stackTrace>t</stackTrace></rerunFailure>
  </testcase>
  <testcase name="readsFee" classname="com.pms.FeeSyncTest" time="0.2"/>
</testsuite>
"""
PLAYWRIGHT = """<testsuites id="" name="" tests="2" failures="0" skipped="0" errors="0" time="7.5">
<testsuite name="booking.spec.ts" timestamp="2026-03-18T12:00:01.000Z" hostname="chromium" tests="1" failures="0" skipped="0" time="3.1" errors="0">
<testcase name="booking › creates a lead" classname="booking.spec.ts" time="3.1"></testcase></testsuite>
<testsuite name="booking.spec.ts" timestamp="2026-03-18T12:00:05.000Z" hostname="firefox" tests="1" failures="0" skipped="0" time="4.4" errors="0">
<testcase name="booking › creates a lead" classname="booking.spec.ts" time="4.4"><system-out><![CDATA[[[ATTACHMENT|trace.zip]]]]></system-out></testcase></testsuite>
</testsuites>
""".encode()
NEWMAN = b"""<testsuites name="Fees" tests="2" time="0.9">
<testsuite name="Get fees" id="0b8f" timestamp="2026-03-18T12:00:00.000Z" tests="1" failures="0" errors="0" time="0.4"><testcase name="Status is 200" time="0.4" classname="GetFees"/></testsuite>
<testsuite name="Push fee" id="0b90" timestamp="2026-03-18T12:00:00.000Z" tests="0" failures="0" errors="1" time="0.5"><system-err><![CDATA[getaddrinfo ENOTFOUND]]></system-err></testsuite>
<testsuite name="No test" id="0b91" timestamp="2026-03-18T12:00:00.000Z" tests="0" failures="0" errors="0" time="0.5"/>
</testsuites>
"""
JEST = b"""<testsuites name="jest tests" tests="1" failures="0" errors="0" time="1.2"><testsuite name="rates" timestamp="2026-03-18T12:00:00" tests="1">
<testcase classname="rates pushes" name="rates pushes" time="0.01"/></testsuite></testsuites>
"""
PHPUNIT = rb"""<testsuites><testsuite name="All"><testsuite name="A\B" file="/x/B.php" tests="1" assertions="3">
<testcase name="syncs with data set #0" class="A\B" file="/x/B.php" line="7" assertions="3" time="0.1"><warning>old</warning></testcase>
</testsuite></testsuite></testsuites>
"""
GOOGLE_TEST = b"""<testsuites tests="2" failures="0" disabled="1" errors="0" timestamp="2026-03-18T12:00:00.123" name="AllTests"><testsuite name="Fee" tests="2" disabled="1">
<testcase name="Rounds" status="run" result="completed" time="0." classname="Fee"/><testcase name="DISABLED_Caps" status="notrun" result="suppressed" time="0" classname="Fee"/>
</testsuite></testsuites>
"""
GO = b"""<testsuites><testsuite tests="1" failures="0" time="4.990" name="pms/fees"><properties><property name="go.version" value="go1.9"></property></properties>
<testcase classname="fees" name="TestFee/zero_nights" time="4.990s"></testcase></testsuite></testsuites>
"""
ROBOT = b"""<testsuite name="Suites" tests="1" errors="0" failures="0" skipped="0" time="0.0" timestamp="2026-03-18T12:00:00.993000"><testsuite name="Fees">
<testcase classname="Suites.Fees" name="Cleaning Fee Is Pushed" time="0.0"/></testsuite></testsuite>
"""
MOCHA_XUNIT = b"""<testsuite name="Mocha Tests" tests="1" failures="0" errors="0" skipped="0" timestamp="Sat, 03 Dec 2022 23:10:07 GMT" time="0.01">
<testcase classname="rates" name="pushes" time="0.001"/></testsuite>
"""
TESTNG = b"""<testsuite name="TestNG" tests="1" failures="0" timestamp="2023-04-15T15:03:30 IDT" time="0,160"><testcase name="a" classname="C" time="0,160"/></testsuite>
"""
