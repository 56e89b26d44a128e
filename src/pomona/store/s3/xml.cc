// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/xml.h"

#include <charconv>
#include <optional>
#include <pugixml.hpp>
#include <utility>

#include "pomona/store/s3/dates.h"

namespace pomona::store::s3 {
namespace {

// Entities are resolved, document types skipped: nothing in a reply can grow by
// expansion. A key of spaces alone is a key.
constexpr unsigned kFlags = pugi::parse_default | pugi::parse_ws_pcdata_single;

Status NotUnderstood(std::string_view what) {
  return Status::IOError("the server's reply is not understood: ", what,
                         "; is this an S3 endpoint?");
}

Status Load(std::string_view xml, const char* root, pugi::xml_document* document) {
  const auto parsed = document->load_buffer(xml.data(), xml.size(), kFlags);
  if (parsed.status == pugi::status_out_of_memory) {
    return Status::OutOfMemory("no memory for a reply of ", xml.size(), " bytes");
  }
  if (!parsed) return NotUnderstood(std::string("no XML (") + parsed.description() + ")");
  if (document->document_element().name() != std::string_view(root)) {
    return NotUnderstood(std::string("no <") + root + ">");
  }
  return Status::OK();
}

// The text of a child, "" when it is missing.
std::string Text(const pugi::xml_node& node, const char* child) {
  std::string text;
  for (const pugi::xml_node& part : node.child(child).children()) text += part.value();
  return text;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// encoding-type=url: %XX, and '+' for a space (a '+' itself comes as %2B).
Result<std::string> UrlDecode(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
    if (high < 0 || low < 0) return NotUnderstood("a key that is not URL-encoded");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

// Reads the elements of one listing, which is URL-encoded or is not.
class Reader {
 public:
  explicit Reader(const pugi::xml_node& root)
      : root_(root), encoded_(Text(root, "EncodingType") == "url") {}

  Result<std::string> Key(const pugi::xml_node& node, const char* child) const {
    std::string text = Text(node, child);
    if (text.empty()) return NotUnderstood(std::string("an empty <") + child + ">");
    if (encoded_) return UrlDecode(text);
    return text;
  }
  Result<std::string> OptionalKey(const pugi::xml_node& node, const char* child) const {
    return Text(node, child).empty() ? std::string() : Key(node, child);
  }

  Result<bool> IsTruncated() const {
    const std::string text = Text(root_, "IsTruncated");
    if (text != "true" && text != "false") {
      return NotUnderstood("no true or false in <IsTruncated>");
    }
    return text == "true";
  }

 private:
  pugi::xml_node root_;
  bool encoded_;
};

Result<int64_t> Size(const std::string& text) {
  int64_t value = -1;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end || value < 0) {
    return NotUnderstood("no number in <Size>");
  }
  return value;
}

Result<int64_t> Date(const pugi::xml_node& node, const char* child) {
  const auto date = ParseIsoDate(Text(node, child));
  if (!date.has_value()) return NotUnderstood(std::string("no date in <") + child + ">");
  return *date;
}

Result<S3Object> ParseObject(const Reader& reader, const pugi::xml_node& node) {
  S3Object object;
  ARROW_ASSIGN_OR_RAISE(object.key, reader.Key(node, "Key"));
  ARROW_ASSIGN_OR_RAISE(object.size, Size(Text(node, "Size")));
  ARROW_ASSIGN_OR_RAISE(object.mtime_ns, Date(node, "LastModified"));
  object.etag = QuotedEtag(Text(node, "ETag"));
  return object;
}

std::string Clean(std::string text) {
  constexpr size_t kLongest = 500;
  if (text.size() > kLongest) text.resize(kLongest);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return text;
}

}  // namespace

std::string QuotedEtag(std::string_view etag) {
  if (etag.empty() || etag.back() == '"') return std::string(etag);
  return "\"" + std::string(etag) + "\"";
}

Result<S3Page> ParseObjects(std::string_view xml) {
  pugi::xml_document document;
  ARROW_RETURN_NOT_OK(Load(xml, "ListBucketResult", &document));
  const pugi::xml_node root = document.document_element();
  const Reader reader(root);
  S3Page page;
  for (const pugi::xml_node& node : root.children("Contents")) {
    ARROW_ASSIGN_OR_RAISE(auto object, ParseObject(reader, node));
    page.objects.push_back(std::move(object));
  }
  for (const pugi::xml_node& node : root.children("CommonPrefixes")) {
    ARROW_ASSIGN_OR_RAISE(auto prefix, reader.Key(node, "Prefix"));
    page.common_prefixes.push_back(std::move(prefix));
  }
  ARROW_ASSIGN_OR_RAISE(const bool more, reader.IsTruncated());
  if (!more) return page;
  page.next_token = Text(root, "NextContinuationToken");
  if (page.next_token.empty()) {
    return NotUnderstood("the list goes on, but <NextContinuationToken> is missing");
  }
  return page;
}

Result<S3UploadPage> ParseUploads(std::string_view xml) {
  pugi::xml_document document;
  ARROW_RETURN_NOT_OK(Load(xml, "ListMultipartUploadsResult", &document));
  const pugi::xml_node root = document.document_element();
  const Reader reader(root);
  S3UploadPage page;
  for (const pugi::xml_node& node : root.children("Upload")) {
    S3Upload upload;
    ARROW_ASSIGN_OR_RAISE(upload.key, reader.Key(node, "Key"));
    upload.upload_id = Text(node, "UploadId");
    if (upload.upload_id.empty()) return NotUnderstood("an empty <UploadId>");
    ARROW_ASSIGN_OR_RAISE(upload.initiated_ns, Date(node, "Initiated"));
    page.uploads.push_back(std::move(upload));
  }
  ARROW_ASSIGN_OR_RAISE(const bool more, reader.IsTruncated());
  page.last = !more;
  if (page.last) return page;
  ARROW_ASSIGN_OR_RAISE(page.next_key, reader.OptionalKey(root, "NextKeyMarker"));
  page.next_upload_id = Text(root, "NextUploadIdMarker");
  if (page.next_key.empty()) {
    return NotUnderstood("the list goes on, but <NextKeyMarker> is missing");
  }
  return page;
}

S3ErrorReply ParseError(std::string_view xml) {
  pugi::xml_document document;
  if (!Load(xml, "Error", &document).ok()) return {};
  const pugi::xml_node root = document.document_element();
  return {Clean(Text(root, "Code")), Clean(Text(root, "Message")),
          Clean(Text(root, "Region"))};
}

}  // namespace pomona::store::s3
