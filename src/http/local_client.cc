#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "http/client.h"
#include "http/internal/exchange.h"

namespace gyre::http {
namespace {

using internal::Exchange;
using internal::Refusal;

/// The head as it would go over the wire, so that the same parser checks it.
base::Result<std::string> HeadText(const ClientRequest& request, uint64_t body_size) {
  if (!internal::IsFieldValue(request.url)) {
    return base::InvalidArgument("the URL has bytes that HTTP does not allow", "url");
  }
  auto text = fmt::format("{} {} HTTP/1.1\r\nHost: local\r\n", MethodName(request.method), request.url);
  for (const auto& [name, value] : request.headers) {
    if (!internal::IsToken(name) || !internal::IsFieldValue(value)) {
      return base::InvalidArgument(fmt::format("the header '{}' has bytes that HTTP does not allow", name), name);
    }
    text += fmt::format("{}: {}\r\n", name, value);
  }
  if (body_size > 0) text += fmt::format("Content-Length: {}\r\n", body_size);
  return text + "\r\n";
}

base::Result<uint64_t> SizeOf(const std::filesystem::path& file) {
  struct stat info{};
  if (stat(file.c_str(), &info) != 0) return base::ErrnoError("cannot read", file.string());
  return static_cast<uint64_t>(info.st_size);
}

base::Result<std::string> ReadBody(const Response::FileBody& file) {
  std::string body(file.length, '\0');
  size_t done = 0;
  while (done < body.size()) {
    const ssize_t got =
        pread(file.fd.get(), body.data() + done, body.size() - done, static_cast<off_t>(file.offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::ErrnoError("cannot read", "the answer's file");
    if (got == 0) return base::Error(base::ErrorCode::kIo, "the answer's file has become shorter");
    done += static_cast<size_t>(got);
  }
  return body;
}

/// A body over the length from which the server spools goes to the route's sink, if it has one.
base::Result<std::unique_ptr<BodySink>> FillSink(const Exchange& exchange, const ClientRequest& request) {
  auto sink = TRY(exchange.route->body_sink(exchange));
  if (request.body_file.empty()) {
    TRY(sink->Append(request.body));
    return sink;
  }
  const auto fd = TRY(base::OpenForRead(request.body_file));
  TRY(base::ReadChunks(fd.get(), [&](std::string_view chunk) { return sink->Append(chunk); }));
  return sink;
}

base::Result<ClientResponse> Collect(Exchange& exchange, uint64_t max_response) {
  auto& response = exchange.response;
  const uint64_t size = response.file ? response.file->length : response.body.size();
  if (size > max_response) {
    return base::TooLarge(fmt::format("the answer has {} bytes, over the limit of {}", size, max_response), "answer");
  }
  ClientResponse answer{.status = response.status};
  answer.headers["content-type"] = response.content_type;
  for (const auto& [name, value] : response.headers) answer.headers[base::ToLower(name)] = value;
  if (exchange.head.method == Method::kHead) return answer;
  if (response.file && response.file->check) TRY(response.file->check({}));
  answer.body = response.file ? TRY(ReadBody(*response.file)) : std::move(response.body);
  return answer;
}

/// What the server would refuse of a request with its head parsed and its route known.
std::optional<Refusal> CheckBody(const Exchange& exchange, uint64_t size) {
  if (exchange.route == nullptr || size <= exchange.route->max_body) return std::nullopt;
  return Refusal{413, base::TooLarge(fmt::format("the body has {} bytes, over the limit of {} here", size,
                                                 exchange.route->max_body),
                                     "body")};
}

}  // namespace

base::Result<ClientResponse> LocalClient::Send(const ClientRequest& request, const base::Cancellation& cancel) {
  TRY(cancel.Check());
  const bool from_file = !request.body_file.empty();
  const uint64_t size = from_file ? TRY(SizeOf(request.body_file)) : request.body.size();
  const auto head = TRY(HeadText(request, size));
  const auto exchange = std::make_unique<Exchange>();
  auto parsed = internal::ParseRequestHead(head, internal::HeadLimits{}, exchange->head);
  exchange->received_at = std::chrono::steady_clock::now();
  exchange->cancellation = cancel.WithDeadline(exchange->received_at + request.timeout);
  exchange->request_id_storage = exchange->header("x-request-id");
  std::string body;
  if (!parsed) {
    exchange->refusal = std::move(parsed).error();
  } else {
    exchange->Resolve(router_);
    if (auto refused = CheckBody(*exchange, size)) exchange->refusal = std::move(*refused);
  }
  if (exchange->refusal || exchange->route == nullptr) {
    exchange->AnswerWithoutHandler();
    return Collect(*exchange, request.max_response);
  }
  std::unique_ptr<BodySink> sink;
  if (exchange->route->body_sink && size > internal::kSpoolPiece) {
    auto filled = FillSink(*exchange, request);
    if (!filled) {
      exchange->response.SetError(filled.error());
      return Collect(*exchange, request.max_response);
    }
    sink = std::move(*filled);
    exchange->SetBodySink(sink.get());
  } else if (from_file && exchange->route->body_mode == BodyMode::kSpool && !exchange->route->body_sink) {
    exchange->SetBodyFile(&request.body_file);
  } else if (from_file) {
    body = TRY(base::ReadFile(request.body_file, exchange->route->max_body));
    exchange->SetBody(body);
  } else {
    exchange->SetBody(request.body);
  }
  if (const auto thrown = exchange->RunHandler()) exchange->response.SetError(base::Internal(*thrown));
  return Collect(*exchange, request.max_response);
}

}  // namespace gyre::http
