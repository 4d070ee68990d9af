#pragma once

#include <memory>
#include <utility>

#include "artifacts/artifact_store.h"
#include "artifacts/multipart.h"
#include "http/message.h"

namespace gyre::api::mlflow::internal {

/// Long bodies on their way into the blob store, without a file in between.
class BlobSink final : public http::BodySink {
 public:
  static base::Result<std::unique_ptr<http::BodySink>> Make(artifacts::ArtifactStore& store) {
    return std::unique_ptr<http::BodySink>(std::make_unique<BlobSink>(TRY(store.Begin())));
  }
  explicit BlobSink(std::unique_ptr<blob::BlobWriter> writer) : writer_(std::move(writer)) {}
  base::Result<void> Append(std::string_view bytes) override { return writer_->Append(bytes); }
  blob::BlobWriter& writer() { return *writer_; }

 private:
  std::unique_ptr<blob::BlobWriter> writer_;
};

/// The same for a part of an upload.
class PartSink final : public http::BodySink {
 public:
  explicit PartSink(std::unique_ptr<artifacts::Multipart::PartWriter> writer) : writer_(std::move(writer)) {}
  base::Result<void> Append(std::string_view bytes) override { return writer_->Append(bytes); }
  artifacts::Multipart::PartWriter& writer() { return *writer_; }

 private:
  std::unique_ptr<artifacts::Multipart::PartWriter> writer_;
};

}  // namespace gyre::api::mlflow::internal
