// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/head.h"

#include <cmath>
#include <filesystem>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pomona/learn/head_store.h"

#include "tests/contract/learn_rows.h"
#include "tests/contract/temp_folder.h"

namespace pomona::learn {
namespace {

using testing::HasSubstr;

Head Example() {
  TrainOptions options;
  options.form = {true, true};
  options.strength = 0.1;
  Head head = Train(ExampleRows(), options).ValueOrDie().head;
  head.target = "fruit";
  head.metadata = {{"pomona.contract", "{}"}, {"pomona.precision", "f32"}};
  return head;
}

TEST(Head, AnswersForRows) {
  const Head head = Example();
  const TrainingRows rows = ExampleRows();
  const auto answers = head.Predict(rows.rows.data(), rows.count()).ValueOrDie();
  ASSERT_EQ(answers.size(), static_cast<size_t>(rows.count()));
  int right = 0;
  int known = 0;
  for (size_t i = 0; i < answers.size(); ++i) {
    const Answer& answer = answers[i];
    const auto& p = answer.probabilities;
    EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1, 1e-12);
    EXPECT_EQ(answer.set.front(), answer.best);
    for (const double other : p) EXPECT_LE(other, p[static_cast<size_t>(answer.best)]);
    right += head.classes[static_cast<size_t>(answer.best)] == rows.classes[i] ? 1 : 0;
    known += answer.known ? 1 : 0;
  }
  EXPECT_GT(right, 200);  // the rows of its training: chance is 28
  EXPECT_GT(known, 270);
}

TEST(Head, DoesNotKnowWhatIsUnlikeItsTraining) {
  const Head head = Example();
  std::vector<float> strange(static_cast<size_t>(head.dim()), -5.0F);
  EXPECT_FALSE(head.Predict(strange.data(), 1).ValueOrDie()[0].known);
  strange.assign(strange.size(), 0.0F);
  EXPECT_FALSE(head.Predict(strange.data(), 1).ValueOrDie()[0].known);
  strange[7] = std::nanf("");
  EXPECT_THAT(head.Predict(strange.data(), 1).status().message(), HasSubstr("column 7"));
}

TEST(Head, ComesBackFromItsFile) {
  const Head head = Example();
  const std::string file = head.ToSafetensors().ValueOrDie();
  const Head back = Head::FromSafetensors(file).ValueOrDie();
  EXPECT_EQ(back.ToSafetensors().ValueOrDie(), file);
  EXPECT_EQ(back.ToJson(), head.ToJson());
  EXPECT_EQ(back.classes, head.classes);
  EXPECT_EQ(back.metadata, head.metadata);
}

TEST(Head, RefusesDamagedFiles) {
  const std::string file = Example().ToSafetensors().ValueOrDie();
  const auto error = [](const std::string& bytes) {
    const auto head = Head::FromSafetensors(bytes);
    return head.ok() ? "" : head.status().message();
  };
  std::string flipped = file;
  flipped[flipped.size() - 9] ^= 1;
  EXPECT_THAT(error(flipped), HasSubstr("sha256 differs"));
  std::string other = file;
  other.replace(other.find("pomona.head"), 11, "pomona.hewd");
  EXPECT_THAT(error(other), HasSubstr("'pomona.hewd'"));
  std::string field = file;
  field.replace(field.find("temperature"), 11, "temporature");
  EXPECT_THAT(error(field), HasSubstr("description is damaged"));
  EXPECT_NE(error(file.substr(0, file.size() / 2)), "");
  EXPECT_NE(error(""), "");
  for (size_t size = 0; size < 2000; size += 7)
    EXPECT_NE(error(file.substr(0, size)), "");
}

TEST(Head, IsKeptInAFolder) {
  const TempFolder folder;
  const Head head = Example();
  auto store = store::OpenByteStore(folder / "h").ValueOrDie();
  ASSERT_TRUE(SaveHead(head, store.get()).ok());
  for (const char* location : {"h", "h/head.safetensors"}) {
    EXPECT_EQ(LoadHead(folder / location).ValueOrDie().ToJson(), head.ToJson());
  }
  EXPECT_THAT(LoadHead(folder / "").status().message(), HasSubstr("pomona train"));
}

TEST(Head, IsFoundByItsNameWhereItIsBuiltIn) {
  for (const char* name : {"fruit", "variety", "maturity", "health"}) {
    EXPECT_EQ(LoadHead(name).ValueOrDie().target, name);
  }
  EXPECT_EQ(HeadLocation("label").ValueOrDie(), "label");
  // What is there under that name comes first.
  const TempFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder / "");
  std::filesystem::create_directory("fruit");
  const auto location = HeadLocation("fruit");
  std::filesystem::current_path(before);
  EXPECT_EQ(location.ValueOrDie(), "fruit");
}

TEST(Head, MeetsItsOwnKindOfRowsAlone) {
  const Head head = Example();
  EXPECT_TRUE(CheckHeadFits(head, head.metadata, head.dim()).ok());
  const auto other = CheckHeadFits(head, {{"pomona.precision", "bf16"}}, head.dim());
  EXPECT_THAT(other.message(), HasSubstr("pomona.precision is f32 there, bf16 here"));
  EXPECT_THAT(CheckHeadFits(head, {}, 7).message(), HasSubstr("these have 7"));
}

TEST(RowForm, BringsEachPartToLengthOne) {
  std::vector<float> row = {3, 4, 0, 0, -9};
  RowForm form;
  form.normalize = true;
  form.parts = {2, 2, 1};
  form.Apply(row.data(), 1, 5);
  EXPECT_EQ(row, (std::vector<float>{0.6F, 0.8F, 0, 0, -1}));
  std::vector<float> whole = {3, 4, 0, 0};
  form.parts.clear();
  form.Apply(whole.data(), 1, 4);
  EXPECT_EQ(whole, (std::vector<float>{0.6F, 0.8F, 0, 0}));
}

TEST(Head, PartsTravelInItsFileWhereThereAreSome) {
  Head head = Example();
  EXPECT_EQ(head.ToJson().find("\"parts\""), std::string::npos);  // as older files
  head.form.parts = {head.dim() - 3, 3};
  const Head back = Head::FromSafetensors(head.ToSafetensors().ValueOrDie()).ValueOrDie();
  EXPECT_EQ(back.form.parts, head.form.parts);
  for (const std::vector<int64_t>& wrong : {std::vector<int64_t>{3},
                                            {head.dim() + 1},
                                            {head.dim(), 0},
                                            {-1, head.dim() + 1}}) {
    head.form.parts = wrong;
    EXPECT_THAT(head.Validate().message(), HasSubstr("'parts' do not add up"));
  }
}

TEST(Parts, AreReadFromTheRowsMetadata) {
  EXPECT_TRUE(PartsOf({}, 5).ValueOrDie().empty());
  const table::Metadata rows = {
      {"pomona.parts",
       R"([{"columns":3,"name":"stage4"},{"columns":2,"name":"colour"}])"}};
  EXPECT_EQ(PartsOf(rows, 5).ValueOrDie(), (std::vector<int64_t>{3, 2}));
  EXPECT_THAT(PartsOf(rows, 6).status().message(), HasSubstr("pomona.parts"));
  for (const char* wrong : {"", "7", "{}", "[1]", R"([{"columns":"5"}])",
                            R"([{"columns":9},{"columns":-4}])"}) {
    EXPECT_TRUE(PartsOf({{"pomona.parts", wrong}}, 5).status().IsInvalid()) << wrong;
  }
}

}  // namespace
}  // namespace pomona::learn
