// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/annotate.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "pomona/learn/report.h"

namespace pomona::learn {
namespace {

// Bright, and apart from each other for people who see few colours (Okabe and Ito, 2008).
constexpr std::array<const char*, 7> kColours = {
    "#56b4e9", "#e69f00", "#f0e442", "#009e73", "#cc79a7", "#d55e00", "#ffffff"};

std::string Base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(size));
  return text;
}

std::string Attribute(const char* name, int64_t value) {
  return std::string(" ") + name + "=\"" + std::to_string(value) + "\"";
}

std::string Shape(const Mark& mark) {
  if (mark.outline.size() < 6) return "";
  std::string points;
  for (size_t i = 0; i < mark.outline.size(); ++i) {
    if (i > 0) points += i % 2 == 0 ? ' ' : ',';
    points += std::to_string(mark.outline[i]);
  }
  return "<polygon class=\"shape\" points=\"" + points + "\"/>";
}

std::string MarkSvg(const Mark& mark, const char* colour, int64_t size) {
  std::string svg = std::string("<g style=\"--ink:") + colour + "\">" + Shape(mark);
  const std::string box = Attribute("x", mark.left) + Attribute("y", mark.top) +
                          Attribute("width", mark.right - mark.left) +
                          Attribute("height", mark.bottom - mark.top);
  // Twice: a dark line under a bright one stands out from anything.
  svg += "<rect class=\"under\"" + box + "/><rect class=\"over\"" + box + "/>";
  // Above the box, or in it where that is beyond the photo.
  const int64_t above = mark.top - size / 3;
  const int64_t line = above > size ? above : mark.top + size * 5 / 4;
  return svg + "<text" + Attribute("x", mark.left + size / 4) + Attribute("y", line) +
         ">" + internal::Escaped(mark.text) + "</text></g>\n";
}

}  // namespace

std::string AnnotatedSvg(std::string_view photo, std::string_view media_type,
                         int64_t width, int64_t height, const std::string& title,
                         const std::vector<Mark>& marks) {
  const int64_t size = std::max<int64_t>(4, std::max(width, height) / 45);  // of letters
  const std::string thin = internal::Number(static_cast<double>(size) / 8);
  const std::string thick = internal::Number(static_cast<double>(size) / 4);
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " +
                    std::to_string(width) + " " + std::to_string(height) + "\"" +
                    Attribute("width", width) + Attribute("height", height) + ">\n";
  svg += "<title>" + internal::Escaped(title) + "</title>\n<style>" +
         "image{image-orientation:from-image}" + "rect,polygon{fill:none}" +
         ".under{stroke:#000;stroke-width:" + thick + "}" +
         ".over{stroke:var(--ink);stroke-width:" + thin + "}" +
         ".shape{stroke:var(--ink);stroke-width:" + thin + ";stroke-dasharray:" + thick +
         "}text{font:bold " + std::to_string(size) +
         "px sans-serif;fill:var(--ink);stroke:#000;stroke-width:" + thick +
         ";stroke-linejoin:round;paint-order:stroke}</style>\n";
  svg += "<image" + Attribute("width", width) + Attribute("height", height) +
         " href=\"data:" + std::string(media_type) + ";base64," + Base64(photo) +
         "\"/>\n";
  std::vector<std::string> words;
  for (const Mark& mark : marks) {
    const auto found = std::find(words.begin(), words.end(), mark.word);
    const auto at = static_cast<size_t>(found - words.begin());
    if (found == words.end()) words.push_back(mark.word);
    svg += MarkSvg(mark, kColours.at(at % kColours.size()), size);
  }
  return svg + "</svg>\n";
}

}  // namespace pomona::learn
