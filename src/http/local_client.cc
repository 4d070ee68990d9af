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
  auto text = fmt::format("{} {} HTTP/1.1\r\n", MethodName(request.method), request.url);
  const bool has_host = std::ranges::any_of(
      request.headers, [](const auto& header) { return base::EqualsIgnoreCase(header.first, "Host"); });
  if (!has_host) text += "Host: local\r\n";
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

/// The file's bytes in pieces.
base::Result<void> ReadBody(const Response::FileBody& file,
                            const std::function<base::Result<void>(std::string_view)>& on_piece) {
  std::string piece;
  for (uint64_t done = 0; done < file.length;) {
    piece.resize(std::min<uint64_t>(file.length - done, internal::kSpoolPiece));
    const ssize_t got = pread(file.fd.get(), piece.data(), piece.size(), static_cast<off_t>(file.offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::ErrnoError("cannot read", "the answer's file");
    if (got == 0) return base::Error(base::ErrorCode::kIo, "the answer's file has become shorter");
    TRY(on_piece(std::string_view(piece).substr(0, static_cast<size_t>(got))));
    done += static_cast<uint64_t>(got);
  }
  return base::Ok();
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

base::Result<ClientResponse> Collect(Exchange& exchange, const ClientRequest& request) {
  auto& response = exchange.response;
  const bool hands_over = request.on_body && response.status / 100 == 2;
  const uint64_t size = response.file ? response.file->length : response.body.size();
  if (!hands_over && size > request.max_response) {
    return base::TooLarge(fmt::format("the answer has {} bytes, over the limit of {}", size, request.max_response),
                          "answer");
  }
  ClientResponse answer{.status = response.status};
  answer.headers["content-type"] = response.content_type;
  for (const auto& [name, value] : response.headers) answer.headers[base::ToLower(name)] = value;
  if (exchange.head.method == Method::kHead) return answer;
  if (response.file && response.file->check) TRY(response.file->check({}));
  const auto keep = [&answer](std::string_view piece) -> base::Result<void> {
    answer.body += piece;
    return base::Ok();
  };
  if (response.file) {
    TRY(hands_over ? ReadBody(*response.file, request.on_body) : ReadBody(*response.file, keep));
  } else if (hands_over) {
    TRY(request.on_body(response.body));
  } else {
    answer.body = std::move(response.body);
  }
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
    exchange->head_is_valid = true;
    exchange->Resolve(router_);
    if (auto refused = CheckBody(*exchange, size)) exchange->refusal = std::move(*refused);
  }
  if (exchange->refusal || exchange->route == nullptr) {
    exchange->AnswerWithoutHandler(router_);
    return Collect(*exchange, request);
  }
  std::unique_ptr<BodySink> sink;
  if (exchange->route->body_sink && size > internal::kSpoolPiece) {
    auto filled = FillSink(*exchange, request);
    if (!filled) {
      exchange->AnswerWith(router_, {HttpStatus(filled.error().code()), filled.error()});
      return Collect(*exchange, request);
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
  return Collect(*exchange, request);
}

}  // namespace gyre::http
