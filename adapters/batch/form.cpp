#include "adapters/batch/form.hpp"

namespace loangate::adapters {
namespace {

constexpr FieldSpec text(std::string_view name, std::string_view zh, std::string_view en,
                         std::uint16_t max_bytes) {
  return {name, zh, en, FieldType::text, false, false, max_bytes, nullptr, nullptr, 0};
}
constexpr FieldSpec plain(std::string_view name, std::string_view zh, std::string_view en, FieldType type) {
  return {name, zh, en, type, false, false, 0, nullptr, nullptr, 0};
}

constexpr FieldSpec control[] = {
    text("batch_id", "批次号", "Batch id", 60),
    plain("made_on", "文件日期", "Day of the file", FieldType::date),
    plain("sent_at", "发送时间", "Time of sending", FieldType::instant),
    plain("records", "总笔数", "Records", FieldType::count),
    plain("packet_records", "本包笔数", "Records in this packet", FieldType::count),
    plain("total", "总金额", "Total", FieldType::money),
    text("sender", "发送方", "Sender", 60),
    text("note", "备注", "Note", 120),
};
constexpr RecordSpec control_spec{"batch.control", "批量文件控制信息", "Control data of a file", control};

}  // namespace

const RecordSpec& BatchControl::spec() {
  return control_spec;
}

const RecordSpec& BatchSummary::spec() {
  static const FieldSpec fields[] = {
      text("batch_id", "批次号", "Batch id", 60),
      plain("received_at", "收到时间", "Received", FieldType::instant),
      plain("records", "总笔数", "Records", FieldType::count),
      plain("total", "总金额", "Total", FieldType::money),
      plain("passed", "成功笔数", "Records that passed", FieldType::count),
      plain("passed_total", "成功金额", "Their total", FieldType::money),
      plain("failed", "失败笔数", "Records that failed", FieldType::count),
      plain("failed_total", "失败金额", "Their total", FieldType::money),
      {"kept", "是否入账", "Whether anything is kept", FieldType::code, false, false, 0, &answer_codes(),
       nullptr, 0},
  };
  static const RecordSpec spec{"batch.summary", "回盘汇总", "Summary of a return file", fields};
  return spec;
}

const RecordSpec& BatchLine::spec() {
  static const FieldSpec fields[] = {
      plain("record", "记录序号", "Number of the record", FieldType::count),
      text("message_id", "报文编号", "Message id", 80),
      text("loan_no", "借据号", "Loan number", 40),
      text("contract_no", "合同号", "Contract number", 40),
      text("company_uscc", "统一社会信用代码", "Company's USCC", 18),
      text("company_name", "企业名称", "Company's name", 180),
      plain("amount", "金额", "Amount", FieldType::money),
      {"outcome", "返回码", "Outcome", FieldType::code, true, false, 0, &outcome_codes(), nullptr, 0},
      plain("receipt_no", "回执号", "Receipt number", FieldType::count),
      plain("number", "原因编号", "Number of the first finding", FieldType::count),
      text("code", "原因代码", "Code of the first finding", 60),
      text("text_zh", "返回信息", "The first finding in Chinese", 900),
      text("text_en", "返回信息（英文）", "The first finding in English", 900),
      text("place", "位置", "Place in the file", 300),
      plain("findings", "问题数", "Number of findings", FieldType::count),
  };
  static const RecordSpec spec{"batch.line", "回盘明细", "Line of a return file", fields};
  return spec;
}

std::optional<Fen> amount_of(const BatchForm& form, const Record& record) {
  const std::size_t field = record.spec().index_of(form.total_of);
  if (form.total_of.empty() || field == record.spec().fields.size() || !record.has(field))
    return std::nullopt;
  return std::get<Fen>(record[field]);
}

}  // namespace loangate::adapters
