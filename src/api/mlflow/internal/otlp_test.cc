// Reading OTLP in both encodings, and what is made of its values.
#include <bit>
#include <gtest/gtest.h>
#include <initializer_list>
#include <zlib.h>

#include "api/mlflow/internal/otlp_body.h"
#include "api/mlflow/internal/otlp_build.h"
#include "api/mlflow/internal/otlp_spans.h"
#include "api/mlflow/internal/otlp_wire.h"
#include "api/mlflow/internal/traces_wire.h"
#include "api/mlflow/testing/otlp_writer.h"

namespace gyre::api::mlflow::internal {
namespace {

using base::ErrorCode;
using testing::Fixed;
using testing::KeyValue;
using testing::Message;
using testing::Number;
using tracing::Span;

const std::string kTrace(16, '\x01');
const std::string kSpan(8, '\x02');

std::string SpanBytes(const std::string& more = {}) {
  return Message(1, kTrace) + Message(2, kSpan) + Message(5, "work") + Number(6, 3) + Fixed(7, 1'000) +
         Fixed(8, 2'000) + more;
}
std::string Request(const std::string& span, const std::string& resource = {}) {
  return Message(1, Message(1, resource) + Message(2, Message(2, span)));
}
base::Result<Span> ReadOne(const std::string& more) {
  auto groups = TRY(ReadOtlpProtobuf(Request(SpanBytes(more))));
  return groups.at(0).spans.at(0);
}
std::string ValueOf(const std::string& any_value) {
  return ReadOne(Message(9, Message(1, "k") + Message(2, any_value)))->attributes.at(0).value;
}

TEST(OtlpProtobuf, ReadsASpan) {
  const auto more = Message(4, std::string(8, '\x03')) + Message(9, KeyValue("a", "b")) +
                    Message(11, Fixed(1, 5) + Message(2, "event") + Message(3, KeyValue("c", "d"))) +
                    Message(13, Message(1, kTrace) + Message(2, kSpan)) +
                    Message(15, Message(2, "broke") + Number(3, 2)) + Number(99, 7);
  const auto groups = ReadOtlpProtobuf(Request(SpanBytes(more), Message(1, KeyValue("service.name", "s")))).value();
  ASSERT_EQ(groups.size(), 1);
  EXPECT_EQ(groups[0].resource, (tracing::Attributes{{"service.name", "\"s\""}}));
  const Span expected{
      .trace_id = "tr-01010101010101010101010101010101",
      .id = "0202020202020202",
      .parent_id = "0303030303030303",
      .name = "work",
      .kind = 3,
      .started_ns = 1'000,
      .ended_ns = 2'000,
      .status = tracing::SpanStatus::kError,
      .status_message = "broke",
      .attributes = {{"a", "\"b\""}, {"mlflow.traceRequestId", "\"tr-01010101010101010101010101010101\""}},
      .events = {{.name = "event", .time_ns = 5, .attributes = {{"c", "\"d\""}}}},
      .links = {{.trace_id = "tr-01010101010101010101010101010101", .span_id = "0202020202020202", .attributes = {}}}};
  EXPECT_EQ(groups[0].spans, std::vector<Span>{expected});
}

TEST(OtlpProtobuf, EveryTypeOfValueIsJson) {
  EXPECT_EQ(ValueOf(Message(1, "say \"hi\"")), R"("say \"hi\"")");
  EXPECT_EQ(ValueOf(Number(2, 1)), "true");
  EXPECT_EQ(ValueOf(Number(3, static_cast<uint64_t>(-7))), "-7");
  EXPECT_EQ(ValueOf(Fixed(4, std::bit_cast<uint64_t>(2.0))), "2.0");
  EXPECT_EQ(ValueOf(Fixed(4, std::bit_cast<uint64_t>(std::numeric_limits<double>::quiet_NaN()))), "\"NaN\"");
  EXPECT_EQ(ValueOf(Message(5, Message(1, Number(3, 1)) + Message(1, Message(1, "x")))), R"([1, "x"])");
  EXPECT_EQ(ValueOf(Message(6, Message(1, KeyValue("a", "b")) + Message(1, KeyValue("c", "d")))),
            R"({"a": "b", "c": "d"})");
  EXPECT_EQ(ValueOf(Message(7, std::string("\xff\x00", 2))), "\"/wA=\"");
  EXPECT_EQ(ValueOf(""), "null");
  EXPECT_EQ(ValueOf(Number(3, 1) + Message(1, "last")), "\"last\"");
}

TEST(OtlpProtobuf, WhatIsEncodedTwiceIsUnwrapped) {
  EXPECT_EQ(ValueOf(Message(1, R"({"a": 1})")), R"({"a": 1})");
  EXPECT_EQ(ValueOf(Message(1, R"("text")")), R"("text")");
  EXPECT_EQ(ValueOf(Message(1, "[1, 2")), R"("[1, 2")");
  EXPECT_EQ(ValueOf(Message(1, "7")), "\"7\"");
  const auto event = ReadOne(Message(11, Message(3, KeyValue("k", "[1e999]"))))->events.at(0);
  EXPECT_EQ(event.attributes.at(0).value, "\"[1e999]\"");
}

TEST(OtlpProtobuf, IdsAreFilledUpAndBounded) {
  const auto read = [](const std::string& span) { return ReadOtlpProtobuf(Request(span)); };
  EXPECT_EQ(read(Message(1, "\x05") + Message(2, "\x06"))->at(0).spans.at(0).id, "0000000000000006");
  EXPECT_EQ(read(Message(1, "\x05") + Message(2, "\x06"))->at(0).spans.at(0).trace_id,
            "tr-00000000000000000000000000000005");
  EXPECT_EQ(ReadOne(Message(4, std::string(8, '\0')))->parent_id, "");
  for (const auto& span : {Message(1, kTrace), Message(2, kSpan), Message(1, kTrace + "x") + Message(2, kSpan),
                           Message(1, std::string(16, '\0')) + Message(2, kSpan)}) {
    EXPECT_EQ(read(span).error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST(OtlpProtobuf, RefusesWhatIsNoMessage) {
  const auto whole = Request(SpanBytes(Message(9, KeyValue("a", "b"))));
  for (size_t size = 1; size < whole.size(); ++size) {
    EXPECT_FALSE(ReadOtlpProtobuf(whole.substr(0, size))) << size;
  }
  EXPECT_FALSE(ReadOtlpProtobuf("\x0b"));                                  // a group
  EXPECT_FALSE(ReadOtlpProtobuf(std::string("\x00\x00", 2)));              // field 0
  EXPECT_FALSE(ReadOtlpProtobuf(std::string(11, '\xff')));                 // an endless number
  EXPECT_FALSE(ReadOtlpProtobuf(Request(SpanBytes(Message(5, "\xff")))));  // no UTF-8
  EXPECT_TRUE(ReadOtlpProtobuf("")->empty());
}

TEST(OtlpProtobuf, IsBounded) {
  std::string deep = Number(3, 1);
  for (int i = 0; i < 70; ++i) deep = Message(5, Message(1, deep));
  EXPECT_EQ(ReadOne(Message(9, Message(1, "k") + Message(2, deep))).error().code(), ErrorCode::kInvalidArgument);
  std::string spans;
  for (size_t i = 0; i <= OtlpLimits::kSpans; ++i) spans += Message(2, Message(1, "\x01") + Message(2, "\x01"));
  EXPECT_EQ(ReadOtlpProtobuf(Message(1, Message(2, spans))).error().code(), ErrorCode::kTooLarge);
  std::string attributes;
  for (size_t i = 0; i <= OtlpLimits::kParts; ++i) attributes += Message(9, "");
  EXPECT_EQ(ReadOne(attributes).error().code(), ErrorCode::kTooLarge);
}

TEST(OtlpJson, ReadsASpan) {
  constexpr std::string_view kBody = R"({"resourceSpans": [{"resource": {"attributes": [
      {"key": "service.name", "value": {"stringValue": "s"}}]}, "scopeSpans": [{"spans": [{
      "traceId": "01010101010101010101010101010101", "spanId": "0202020202020202", "parentSpanId": "",
      "name": "work", "kind": 3, "startTimeUnixNano": "1000", "endTimeUnixNano": 2000, "unknown": {},
      "attributes": [{"key": "text", "value": {"stringValue": "x"}}, {"key": "int", "value": {"intValue": "5"}},
                     {"key": "real", "value": {"doubleValue": 1}}, {"key": "bool", "value": {"boolValue": true}},
                     {"key": "list", "value": {"arrayValue": {"values": [{"intValue": 1}, {}]}}},
                     {"key": "map", "value": {"kvlistValue": {"values": [{"key": "a", "value": {"stringValue": "b"}}]}}},
                     {"key": "none"}],
      "events": [{"timeUnixNano": "5", "name": "event"}],
      "links": [{"traceId": "01010101010101010101010101010101", "spanId": "0202020202020202"}],
      "status": {"code": "STATUS_CODE_ERROR", "message": "broke"}}]}]}]})";
  const auto groups = ReadOtlpJson(kBody).value();
  ASSERT_EQ(groups.size(), 1);
  EXPECT_EQ(groups[0].resource, (tracing::Attributes{{"service.name", "\"s\""}}));
  const auto& span = groups[0].spans.at(0);
  EXPECT_EQ(span.trace_id, "tr-01010101010101010101010101010101");
  EXPECT_EQ(span.parent_id, "");
  EXPECT_EQ(span.kind, 3);
  EXPECT_EQ(span.started_ns, 1000);
  EXPECT_EQ(span.ended_ns, 2000);
  EXPECT_EQ(span.status, tracing::SpanStatus::kError);
  EXPECT_EQ(span.status_message, "broke");
  EXPECT_EQ(span.attributes,
            (tracing::Attributes{{"text", "\"x\""},
                                 {"int", "5"},
                                 {"real", "1.0"},
                                 {"bool", "true"},
                                 {"list", "[1, null]"},
                                 {"map", R"({"a": "b"})"},
                                 {"none", "null"},
                                 {"mlflow.traceRequestId", "\"tr-01010101010101010101010101010101\""}}));
  EXPECT_EQ(span.events.at(0).time_ns, 5);
  EXPECT_EQ(span.links.at(0).span_id, "0202020202020202");
}

TEST(OtlpJson, RefusesWrongTypes) {
  for (const std::string_view body :
       {"", "[]", R"({"resourceSpans": 1})", R"({"resourceSpans": [1]})",
        R"({"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "zz", "spanId": "02"}]}]}]})",
        R"({"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "01", "spanId": "02", "name": 1}]}]}]})",
        R"({"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "01", "spanId": "02", "kind": "X"}]}]}]})",
        R"({"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "01", "spanId": "02",
             "startTimeUnixNano": "x"}]}]}]})",
        R"({"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "no ids"}]}]}]})"}) {
    EXPECT_EQ(ReadOtlpJson(body).error().code(), ErrorCode::kInvalidArgument) << body;
  }
  EXPECT_TRUE(ReadOtlpJson("{}")->empty());
}

std::string Compressed(std::string_view text, int window) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(OtlpBody, IsDecompressedWithinBounds) {
  const std::string text(100'000, 'x');
  for (const auto& [encoding, window] :
       {std::pair{"gzip", 31}, std::pair{"GZIP", 31}, std::pair{"deflate", 15}, std::pair{"deflate", -15}}) {
    const auto body = Compressed(text, window);
    EXPECT_EQ(Decompress(body, encoding, text.size()), text) << encoding;
    EXPECT_EQ(Decompress(body, encoding, text.size() - 1).error().code(), ErrorCode::kTooLarge);
    EXPECT_EQ(Decompress(body.substr(0, body.size() / 2), encoding, text.size()).error().code(),
              ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(Decompress(Compressed("a", 31) + Compressed("b", 31), "gzip", 10), "ab");
  EXPECT_EQ(Decompress("plain", "gzip", 10).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Decompress("", "gzip", 10).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Decompress("x", "br", 10).error().code(), ErrorCode::kInvalidArgument);
}

TEST(OtlpRender, ASpanAsProtocolBuffersWriteIt) {
  Span span{.trace_id = "tr-01010101010101010101010101010101", .id = "0202020202020202", .name = "n\"", .kind = 1};
  span.started_ns = 5;
  span.attributes = {{"a", R"({"x": [1, 2.5, null], "y": {}})"}, {"b", "true"}};
  span.events = {{.name = "e", .time_ns = 6, .attributes = {{"c", "\"d\""}}}};
  span.status = tracing::SpanStatus::kOk;
  std::string out;
  AppendSpan(span, out);
  EXPECT_EQ(out,
            R"({"trace_id":"AQEBAQEBAQEBAQEBAQEBAQ==","span_id":"AgICAgICAgI=","name":"n\"",)"
            R"("kind":"SPAN_KIND_INTERNAL","start_time_unix_nano":5,"attributes":[{"key":"a","value":{"kvlist_value":)"
            R"({"values":[{"key":"x","value":{"array_value":{"values":[{"int_value":1},{"double_value":2.5},{}]}}},)"
            R"({"key":"y","value":{"kvlist_value":{}}}]}}},{"key":"b","value":{"bool_value":true}}],)"
            R"("events":[{"time_unix_nano":6,"name":"e","attributes":[{"key":"c","value":{"string_value":"d"}}]}],)"
            R"("status":{"code":"STATUS_CODE_OK"}})");
}

}  // namespace
}  // namespace gyre::api::mlflow::internal
