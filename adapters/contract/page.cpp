#include "adapters/contract/page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/batch/form.hpp"
#include "adapters/contract/places.hpp"
#include "adapters/contract/schemas.hpp"
#include "adapters/contract/seal_terms.hpp"
#include "adapters/contract/shown_sample.hpp"
#include "adapters/contract/terms.hpp"
#include "adapters/profile/file_drop.hpp"
#include "base/html.hpp"
#include "domain/remedy.hpp"

namespace loangate::adapters {

namespace {

constexpr std::string_view style =
    "body{font:16px/1.5 system-ui,'Noto Sans CJK SC','Microsoft YaHei',sans-serif;max-width:70em;margin:0 "
    "auto;"
    "padding:1em;color:#111}"
    "h1{line-height:1.25}h2{border-bottom:2px solid #345;margin-top:2em}h3{margin-top:2em}"
    "[lang=en]{color:#456;font-size:.92em}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;margin:.5em 0 1em}"
    "th,td{border:1px solid #99a;padding:.25em .5em;text-align:left;vertical-align:top}"
    "th{background:#e8edf3;font-weight:600}code,pre{font-family:ui-monospace,'Noto Sans Mono CJK "
    "SC',monospace}"
    "pre{background:#f6f8fa;border:1px solid "
    "#cdd;padding:.5em;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85em}"
    "pre b{background:#fff3c4;font-weight:400;border-bottom:1px solid #c90}pre "
    "b:nth-of-type(even){background:#dcefff;"
    "border-color:#27c}mark{background:#fcc}.must{font-weight:600}nav ul{columns:20em}"
    "@media "
    "print{body{max-width:none;font-size:10pt}h3,h2{break-after:avoid}tr,pre{break-inside:avoid}a{color:"
    "inherit}}";

/// Writes the page, escaping every text.
class PageWriter {
 public:
  PageWriter(const Profile& profile, const std::vector<SampledMessage>& messages,
             const std::vector<ContractFile>& files)
      : profile_(profile), messages_(messages), files_(files) {}

  std::string write() {
    head();
    connection();
    delivery();
    form_of_documents();
    seals();
    overview();
    for (const SampledMessage& message : messages_) one_message(message);
    batches();
    file_transport();
    code_lists();
    findings();
    parts();
    out_ += "</body>\n</html>\n";
    return std::move(out_);
  }

 private:
  // ---- pieces

  using Title = std::pair<std::string_view, std::string_view>;

  template <class... Args>
  void add(fmt::format_string<Args...> form, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), form, std::forward<Args>(args)...);
  }

  static std::string both(std::string_view zh, std::string_view en) {
    return fmt::format("{} <span lang=\"en\">{}</span>", html_escaped(zh), html_escaped(en));
  }
  void heading(std::string_view id, std::string_view zh, std::string_view en) {
    add("<h2 id=\"{}\">{}</h2>\n", id, both(zh, en));
  }
  void paragraph(std::string_view zh, std::string_view en) { add("<p>{}</p>\n", both(zh, en)); }
  void item(std::string_view zh, std::string_view en) { add("<li>{}</li>\n", both(zh, en)); }

  void begin_table(std::initializer_list<std::pair<std::string_view, std::string_view>> columns) {
    out_ += "<div class=\"wide\"><table><thead><tr>";
    for (const auto& [zh, en] : columns) add("<th>{}</th>", both(zh, en));
    out_ += "</tr></thead><tbody>\n";
  }
  /// Cells are HTML.
  void row(std::initializer_list<std::string> cells) {
    out_ += "<tr>";
    for (const std::string& cell : cells) add("<td>{}</td>", cell);
    out_ += "</tr>\n";
  }
  void end_table() { out_ += "</tbody></table></div>\n"; }

  static std::string code(std::string_view text) {
    return fmt::format("<code>{}</code>", html_escaped(text));
  }
  static std::string link(std::string_view anchor, std::string_view text) {
    return fmt::format("<a href=\"#{0}\">{1}</a>", html_escaped(anchor), html_escaped(text));
  }
  static std::string finding_link(FindingCode code) {
    return link(fmt::format("finding-{}", static_cast<int>(code)), spec_of(code).name);
  }

  // ---- sections

  void head() {
    const std::string title = fmt::format("{} · {}", profile_.name_zh, profile_.name_en);
    add("<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
        "content=\"width=device-width, "
        "initial-scale=1\">\n<title>{0}</title>\n<style>{1}</style>\n</head>\n<body>\n"
        "<h1>科创贷款网关接口约定 <span lang=\"en\">Contract with the loan gateway</span><br>{0}</h1>\n",
        html_escaped(title), style);
    paragraph("本约定由网关读写报文所用的同一配置生成，因此与网关的行为一致。位置均按贵方报文的说法列出。",
              "Made from the very profile by which the gateway reads and writes messages, so it says what "
              "the gateway "
              "does. Places are given in the terms of your own documents.");
    begin_table({{"项目", "Item"}, {"约定", "Agreed"}});
    row({both("机构", "Partner"), code(profile_.id.view())});
    row({both("类型", "Role"), both(spec_of(profile_.role).zh, spec_of(profile_.role).en)});
    if (profile_.institution_code)
      row({both("机构编码", "Institution code"), code(profile_.institution_code->view())});
    row({both("格式", "Format"), code(name(profile_.format))});
    row({both("字符编码", "Encoding"), code(name(profile_.charset))});
    row({both("媒体类型", "Content types"),
         code(fmt::format("{}", fmt::join(profile_.content_types, ", ")))});
    row({both("报文上限", "Largest message"), fmt::format("{} B", profile_.bounds.body_bytes)});
    row({both("速率上限", "Highest rate"), fmt::format("{} / s", profile_.bounds.messages_per_second)});
    end_table();
    const std::pair<std::string_view, std::string_view> sections[] = {
        {"connect", "接入 Connecting"}, {"delivery", "接收 Receiving"},
        {"form", "报文形式 Documents"}, {profile_.sealing ? "seals" : "", "印鉴 Seals"},
        {"messages", "报文 Messages"},  {profile_.batch ? "batches" : "", "批量文件 Files of many records"},
        {"codes", "代码 Codes"},        {"findings", "审核意见 Findings"},
        {"files", "文件 Files"},
    };
    out_ += "<nav><ul>";
    for (const auto& [anchor, title_of] : sections) {
      if (!anchor.empty()) add("<li>{}</li>", link(anchor, title_of));
    }
    out_ += "</ul></nav>\n";
  }

  void connection() {
    heading("connect", "接入", "Connecting");
    out_ += "<ul>\n";
    item(
        "HTTPS，双向TLS（1.2或1."
        "3）。客户端证书的公钥须先在网关登记；证书说明发送方是谁，报文内容不能另称他人。",
        "HTTPS with mutual TLS, 1.2 or 1.3. The key of the client certificate is registered with the gateway "
        "first; the "
        "certificate says who sends, and nothing in a message can claim another.");
    item(
        "一张证书代表多家机构时，以请求头 Loangate-Partner 指明机构编号。",
        "A certificate that speaks for several institutions names one in the header field Loangate-Partner.");
    item("报文不压缩；Content-Type 为上表所列之一，或不填。",
         "Messages are not compressed; the Content-Type is one of those above, or left out.");
    out_ += "</ul>\n";
    begin_table({{"调用", "Call"}, {"用途", "What it does"}});
    row({code("POST /v1/messages"),
         both("发送一份报文，应答即回执", "one message; the answer is its receipt")});
    row({code("POST /v1/documents"),
         both("上传材料（PDF、JPEG、PNG），应答给出SHA-256，申请以此引用",
              "a document (PDF, JPEG, PNG); the answer gives the SHA-256 by which applications name it")});
    row({code("GET /v1/receipts/{报文编号}"),
         both("再取回执；也可用回执号", "the receipt again; also by the receipt's number")});
    if (profile_.push() == nullptr) {
      row({code("GET /v1/mailbox?limit=N&wait=S"),
           both("取待收报文，由早到晚；最多等待S秒",
                "messages that wait, oldest first; waits up to S seconds")});
      row({code("POST /v1/mailbox/{投递号}/ack"), both("确认收到；可重复", "taken over; may be repeated")});
    }
    row({code("GET /v1/contract"),
         both("本约定；?part=文件名 取单个文件", "this contract; ?part=NAME gives one file")});
    end_table();
    begin_table({{"状态", "Status"}, {"含义", "Meaning"}, {"怎么办", "What to do"}});
    const auto status = [&](std::string_view number, std::string_view zh, std::string_view en,
                            std::string_view do_zh, std::string_view do_en) {
      row({code(number), both(zh, en), both(do_zh, do_en)});
    };
    status("200", "受理或暂挂；正文为回执", "accepted or held; the body is the receipt", "按回执的结果处理",
           "go by the receipt's outcome");
    status("400", "无法解析；正文为回执，编号未占用",
           "unreadable; the body is the receipt, the id is not used up", "改正后以同一编号重发",
           "correct it, send it under the same id");
    status("409", "编号冲突；正文为回执", "id conflict; the body is the receipt", "换新编号",
           "take a new id");
    status("422", "拒绝；正文为回执，编号已占用", "rejected; the body is the receipt, the id is used up",
           "改正后以新编号发送", "correct it, send it under a new id");
    status("403", "证书未登记或不能代表该机构",
           "the certificate is not registered, or not for this institution", "联系网关",
           "ask the gateway's operators");
    status("413 415", "过大；媒体类型不符", "too large; another media type", "按本页改正，以同一编号重发",
           "correct it, same id");
    status("429 503", "超过速率；暂时无法保存（见 Retry-After）",
           "above the rate; cannot be stored now (see Retry-After)", "稍后以同一编号重发",
           "send the same again later");
    end_table();
    paragraph(
        "400、409、422 的正文是贵方格式的回执；其余错误为 application/problem+json。每个应答带 "
        "Loangate-Message，即回执号。",
        "The bodies of 400, 409 and 422 are receipts in your format, other errors are "
        "application/problem+json. Every "
        "answer carries Loangate-Message, the receipt's number.");
    paragraph(
        "没有收到应答时，以同一编号原样重发：网关给出第一次的回执（带 "
        "Loangate-Duplicate），不会重复登记。同一编号而内容不同为冲突。"
        "无法解析的报文不占用编号。",
        "If no answer came, send the same bytes under the same id: the gateway gives the first receipt (with "
        "Loangate-Duplicate) and nothing is entered twice. Other content under the same id is a conflict. "
        "What cannot be "
        "read uses up no id.");
  }

  void delivery() {
    heading("delivery", "接收网关的报文", "Receiving messages");
    if (const Push* push = profile_.push()) {
      paragraph("网关以POST推送至下列地址，并出示自己的客户端证书；应答须为 acknowledgement 报文。",
                "The gateway posts to the address below with a client certificate of its own; the answer "
                "must be an "
                "acknowledgement message.");
      begin_table({{"项目", "Item"}, {"约定", "Agreed"}});
      row({both("地址", "Address"), code(push->url)});
      row({both("证书名称", "Name in your certificate"),
           code(push->server_name.empty() ? "（地址中的主机名）" : push->server_name)});
      row({both("应答时限", "Time to answer"), fmt::format("{} s", push->within_seconds)});
      end_table();
    } else {
      paragraph(
          "贵方轮询信箱。默认一次一份，带 Loangate-Delivery（投递号）与 Loangate-Type；limit "
          "大于1时以下列形式成批给出。"
          "未确认的会再次给出；空信箱为204。",
          "You poll the mailbox: one message a call, with Loangate-Delivery and Loangate-Type; with a limit "
          "above 1 several "
          "in the form below. What is not acknowledged comes again; an empty mailbox is 204.");
      list_form(std::get<Mailbox>(profile_.delivery).list);
    }
    paragraph(
        "投递至少一次，投递号不变：同一投递号再次到达时，贵方须只生效一次，并照常确认。没有明确应答时网关按下"
        "表处理。",
        "Delivery is at least once, under an id that never changes: when the same delivery id comes again "
        "you must "
        "take effect once, and confirm as before. Without a clear answer the gateway does as follows.");
    begin_table({{"报文", "Message"},
                 {"应答不明时", "If the answer is unclear"},
                 {"编码缺字时", "If a character is lacking"}});
    for (const MessageMap& map : profile_.messages) {
      if (map.from_partner || spec_of(map.kind).direction == Direction::answer) continue;
      row({code(spec_of(map.kind).name), words_of(map.on_unknown), words_of(map.unmappable)});
    }
    end_table();
  }

  static std::string words_of(OnUnknown what) {
    switch (what) {
      case OnUnknown::resend:
        return both("重发", "sent again");
      case OnUnknown::query:
        return both("先查询再重发", "asked for first (GET of the address with the delivery id)");
      case OnUnknown::park:
        return both("搁置，人工处理", "parked for a person");
    }
    return {};
  }
  static std::string words_of(Unmappable what) {
    return what == Unmappable::park ? both("搁置，人工处理", "parked for a person")
                                    : both("以〓代替", "〓 is written");
  }

  void list_form(const ListEnvelope& list) {
    std::string form;
    if (const auto* xml = std::get_if<XmlList>(&list)) {
      const std::string id(xml->id);
      form = xml->id_is_attribute
                 ? fmt::format("<{0}><{1} {2}=\"7\">…</{1}></{0}>", xml->root, xml->item, id)
                 : fmt::format("<{0}><{1}><{2}>7</{2}>…</{1}></{0}>", xml->root, xml->item, id);
    } else if (const auto* json = std::get_if<JsonList>(&list)) {
      form = fmt::format("{{\"{}\":[{{\"{}\":\"7\",\"{}\":{{…}}}}]}}", json->items, json->id, json->message);
    } else {
      const auto& counted = std::get<CountedList>(list);
      form = fmt::format("投递号 delivery id {} + 字节数 bytes {} (0…) + 报文 message", counted.id_digits,
                         counted.length_digits);
    }
    add("<pre>{}</pre>\n", html_escaped(form));
  }

  void form_of_documents() {
    heading("form", "报文形式", "Form of documents");
    out_ += "<ul>\n";
    if (profile_.format == Format::xml) {
      item("元素可按任何顺序出现；不接受DTD和实体声明。",
           "Elements may come in any order; DTDs and entity declarations are refused.");
      if (!profile_.xml.declaration.empty())
        add("<li>{} {}</li>\n", code(profile_.xml.declaration),
            profile_.xml.declaration_required ? both("必须有", "required")
                                              : both("可以没有", "may be left out"));
      for (const Namespace& space : profile_.namespaces)
        add("<li>{} {}</li>\n", both("命名空间", "Namespace"),
            code(fmt::format("{} = {}", space.prefix.empty() ? "(default)" : space.prefix, space.uri)));
    }
    if (profile_.format == Format::json)
      item("重复的成员名会被拒绝；数字按其书写的字符读取。",
           "A member that stands twice is refused; numbers are read by their characters as written.");
    if (profile_.format == Format::fixed) fixed_form();
    if (profile_.charset == Charset::gb2312)
      item("GB2312 指 GBK 的 A1–F7 区：A1A4 为“·”，A1AA 为“—”。",
           "GB2312 means rows A1 to F7 of GBK: A1A4 is “·”, A1AA is “—”.");
    if (profile_.charset == Charset::gb18030)
      item("GB18030 为2022版；汉字占2或4字节。",
           "GB18030 in its edition of 2022; a hanzi has two or four bytes.");
    item("文本上限按UTF-8字节计（一个汉字3字节），定长栏位另按贵方编码的字节计。",
         "Limits of texts count bytes of UTF-8 (a hanzi has three); the width of a place counts bytes of "
         "your encoding.");
    leniencies();
    out_ += "</ul>\n";
    if (has_layout(profile_)) framing();
  }

  void fixed_form() {
    if (profile_.fixed.delimiter) {
      add("<li>{} {}{}</li>\n", both("栏位以此分隔", "Columns are delimited by"),
          code(std::string(1, *profile_.fixed.delimiter)),
          profile_.fixed.trailing_delimiter ? both("，末栏之后也有", ", after the last one too") : "");
    } else {
      item("栏位以字节计，首字节为1。", "Places are counted in bytes; the first is 1.");
    }
    const std::string& end = profile_.fixed.separator;
    add("<li>{} {}</li>\n", both("每条记录之后", "After each record"),
        code(end == "\r\n" ? "CR LF"
             : end == "\n" ? "LF"
                           : "（无 nothing）"));
    item("全为空格即无值；数值左补的0是数值的一部分。",
         "Nothing but spaces says 'absent'; zeros before a number are part of it.");
  }

  /// What reading forgives beyond what this page asks for, each with its last day.
  void leniencies() {
    for (const Leniency& each : profile_.leniencies) {
      const auto [zh, en] = forgiven(each.option);
      item(fmt::format("宽限（至 {}）：{}。", format(each.until), zh),
           fmt::format("Forgiven until {}: {}.", format(each.until), en));
    }
  }

  static Title forgiven(std::string_view option) {
    if (option == "ignore_unknown")
      return {"未约定的元素或成员被忽略", "elements or members that are not agreed are ignored"};
    if (option == "fewer_places")
      return {"金额和利率的小数位可以少写", "amounts and rates may have fewer decimals"};
    if (option == "any_padding") return {"栏位值的任一侧可有空格", "spaces on either side of a value"};
    return {"最后一条记录可以没有结束符", "the last record may end without its separator"};
  }

  void framing() {
    const Framing& framing = profile_.framing;
    if (!framing.length && framing.header_size == 0 && framing.end.empty()) return;
    paragraph("正文之前和之后：", "Before and after the body:");
    begin_table({{"部分", "Part"}, {"形式", "Form"}});
    if (framing.length) {
      row({both("长度", "Length"),
           both(fmt::format("{} 位数字，{}；补“{}”", framing.length->digits,
                            framing.length->counts_itself ? "含自身" : "不含自身",
                            framing.length->padding.byte),
                fmt::format("{} digits, {} itself, filled with “{}”", framing.length->digits,
                            framing.length->counts_itself ? "counting" : "not counting",
                            framing.length->padding.byte))});
    }
    if (framing.header_size > 0) row({both("报文头", "Header"), fmt::format("{} B", framing.header_size)});
    if (!framing.end.empty()) row({both("结束符", "End mark"), code(fmt::format("{:?}", framing.end))});
    end_table();
  }

  void seals() {
    if (!profile_.sealing) return;
    heading("seals", "印鉴", "Seals");
    paragraph(
        "印鉴证明报文的来源，按实际收发的字节计算，不重新排版。印鉴缺少或不符的报文视为无法解析；回执说明算法"
        "、"
        "所覆盖的字节数及其摘要。取报文、上传材料等不含贵方报文的调用不加印鉴。",
        "A seal proves where a message comes from. It is computed over the bytes just as they are sent. A "
        "message whose seal is missing or wrong is unreadable; its receipt tells the algorithm, how many "
        "bytes were covered and their digest. Calls without a message of yours (fetching, documents) are "
        "not sealed.");
    if (profile_.batch) paragraph("批量文件本身不加印鉴。", "Files of many records are not sealed.");
    paragraph("本页样例未加印鉴；报文内有印鉴的，该处为“?”。",
              "The samples are not sealed; a seal's place within them has “?”.");
    for (const Way way : {Way::from_partner, Way::to_partner}) {
      if (const Seal* seal = seal_of(profile_, way)) one_seal(way, *seal);
    }
  }

  void one_seal(Way way, const Seal& seal) {
    const SealTerms terms = terms_of(profile_, seal);
    add("<h3 id=\"seal-{}\">{}</h3>\n", name(way),
        way == Way::from_partner
            ? both("贵方的印鉴：每份报文，含推送的应答", "Your seal: on every message, acknowledgements too")
            : both("网关的印鉴：回执、推送和信箱中的报文",
                   "The gateway's seal: on receipts, pushed and fetched messages"));
    begin_table({{"项目", "Item"}, {"约定", "Agreed"}});
    row({both("算法", "Algorithm"), code(terms.algorithm)});
    if (terms.signature == "raw")
      row({both("签名形式", "Form of the signature"),
           both("r 与 s 首尾相接，各与曲线的阶等长",
                "r and s side by side, each as long as the curve's order")});
    if (terms.signature == "der") row({both("签名形式", "Form of the signature"), code("DER")});
    if (!terms.distinguishing_id.empty())
      row({both("用户标识", "Distinguishing id"), code(terms.distinguishing_id)});
    row({both("编码", "Encoding"),
         terms.encoding == "hex" ? both("十六进制", "hexadecimal")
                                 : both("Base64，带填充，不换行", "Base64, padded, without line breaks")});
    row({both("位置", "Where it stands"), both(terms.at.zh, terms.at.en)});
    row({both("密钥编号的位置", "Where the key's id stands"), both(terms.key_at.zh, terms.key_at.en)});
    row({both("覆盖的字节", "Bytes that it covers"), both(terms.covers.zh, terms.covers.en)});
    end_table();
    begin_table({{"密钥编号", "Key id"}, {"首日", "First day"}, {"末日", "Last day"}});
    for (const SealKey& key : seal.keys) row({code(key.id), format(first_day(key)), format(last_day(key))});
    end_table();
    paragraph("首日与末日均含，按北京时间。所覆盖的字节存为文件 COVERED 后，OpenSSL 3 如此计算：",
              "Both days count, in Beijing. With the covered bytes in a file COVERED, OpenSSL 3 computes the "
              "seal so:");
    add("<pre>{}</pre>\n", html_escaped(terms.command));
    if (seal.method.raw && seal.method.algorithm == SealAlgorithm::ecdsa_sha256)
      paragraph("P-384 的密钥以 %96s 代替 %64s。", "With a key on P-384 write %96s in place of %64s.");
  }

  void batches() {
    if (!profile_.batch) return;
    const BatchForm& form = *profile_.batch;
    heading("batches", "批量文件", "Files of many records");
    out_ += "<ul>\n";
    if (form.kind) {
      const MessageSpec& spec = spec_of(*form.kind);
      add("<li>{}: {}</li>\n", both("每条记录为报文的正文", "Each record is the body of the message"),
          link(spec.name, spec.name));
    } else {
      item("每条记录为一份报文的正文，由其交易码说明是哪一种。",
           "Each record is the body of a message; its type code says which.");
    }
    item("记录不带长度前缀、报文头和结束符。", "Records have no length prefix, header block or end mark.");
    add("<li>{}</li>\n", batch_frame(form));
    item("批次号必须有；头尾都有时须相同。",
         "The batch id must be there; in header and trailer it is the same.");
    if (form.all_or_nothing) {
      item("整批入账：任何一条被拒、无法解析或编号冲突，则全部不入账。",
           "All or nothing: if one record is refused, unreadable or a conflict, none is kept.");
    } else {
      item("逐条审核：一条被拒不影响其他各条。", "Every record is judged alone.");
    }
    if (!form.total_of.empty())
      add("<li>{} {}</li>\n", both("总金额为各记录下列栏目之和：", "Totals add this field of the records:"),
          total_field(form));
    item(
        "总笔数、本包笔数须等于记录数。头尾、笔数、金额或批次号有误，则整个文件视为无法解析，全部不入账，同一"
        "批次号可再用。",
        "Numbers of records must be the number of records. If header, trailer, a number, a total or the "
        "batch "
        "id is wrong, the whole file is unreadable: nothing is kept, and the batch id may come again.");
    item(fmt::format("上限：{} 条，{} 字节。", form.max_records, form.max_bytes),
         fmt::format("At most {} records and {} bytes.", form.max_records, form.max_bytes));
    item("同一文件再次到达，得到同一回盘；同一批次号而内容不同为冲突。",
         "The same file again gets the same return file; another one under its batch id is a conflict.");
    out_ += "</ul>\n";
    if (form.header)
      places(form.in_lines() ? Title{"文件首行", "First line of the file"}
                             : Title{"记录之外", "Around the records"},
             places_of(form.header->body));
    if (form.trailer) places({"文件末行", "Last line of the file"}, places_of(form.trailer->body));
    return_file(form);
    batch_calls(form);
  }

  std::string batch_frame(const BatchForm& form) const {
    if (!form.in_lines())
      return fmt::format("{} {}",
                         profile_.format == Format::xml
                             ? both("每条记录为此元素；记录自行声明所用的命名空间：",
                                    "A record is this element, which declares the namespaces that it uses:")
                             : both("记录为此数组的各项：", "Records are the items of this array:"),
                         code(form.items_name));
    return fmt::format("{} {}", both("每行一条记录，行末为", "A record a line; each ends with"),
                       code(form.separator == "\r\n" ? "CR LF" : "LF"));
  }

  std::string total_field(const BatchForm& form) const {
    for (const MessageMap& map : profile_.messages) {
      if (!map.from_partner || (form.kind && map.kind != *form.kind)) continue;
      const RecordSpec& record = *map.body.record;
      const std::size_t at = record.index_of(form.total_of);
      if (at == record.fields.size()) continue;
      return both(record.fields[at].zh, record.fields[at].en) + " " + code(form.total_of);
    }
    return code(form.total_of);
  }

  void return_file(const BatchForm& form) {
    const BatchForm::Return& result = form.result;
    add("<h3 id=\"return-file\">{}</h3>\n", both("回盘文件", "The return file"));
    result.failures_only ? paragraph("只列未通过的记录。", "It has a line for each record that failed.")
                         : paragraph("每条记录一行。", "It has a line for each record.");
    const bool lines = form.in_lines();
    if (result.header)
      places(lines ? Title{"回盘首行", "Its first line"} : Title{"各行之外", "Around its lines"},
             places_of(result.header->body));
    places({"回盘明细", "Each of its lines"}, places_of(result.line.body));
    if (result.trailer) places({"回盘末行", "Its last line"}, places_of(result.trailer->body));
  }

  void batch_calls(const BatchForm& form) {
    begin_table({{"调用", "Call"}, {"用途", "What it does"}});
    row({code("POST /v1/batches?wait=S"),
         both("发送一个文件；最多等待S秒（不填为30秒）取回盘",
              "a file; waits up to S seconds for the return file, 30 if not said")});
    row({code("GET /v1/batches/{批次号}"), both("回盘，或审核进度", "the return file, or how far it is")});
    end_table();
    begin_table({{"状态", "Status"}, {"含义", "Meaning"}});
    row({code("200"), both("正文为回盘", "the body is the return file")});
    row({code("202"), both("审核中；正文为进度，Location 给出查询地址，Retry-After 给出间隔",
                           "being judged; the body tells how far, Location where to ask, Retry-After when")});
    row({code("400"),
         both("整个文件无法解析；正文为回执，批次号未占用",
              "the whole file is unreadable; the body is the receipt, the batch id is not used up")});
    row({code("409"),
         both("批次号冲突；正文为回执", "the batch id is taken by another file; the body is the receipt")});
    if (form.all_or_nothing)
      row({code("422"),
           both("整批未入账；正文为回盘", "nothing of the file is kept; the body is the return file")});
    end_table();
  }

  void file_transport() {
    if (!profile_.files) return;
    const FileDrop& drop = *profile_.files;
    add("<h3 id=\"file-transport\">{}</h3>\n", both("以SFTP收发文件", "Files by SFTP"));
    begin_table({{"项目", "Item"}, {"约定", "Agreed"}});
    row({both("放入 in 的文件名", "Names of files in “in”"), code(drop.incoming.pattern())});
    row({both("完整标志", "When a file is complete"), completeness(drop)});
    row({both("out 中的回盘", "Return file in “out”"), code(drop.returned)});
    if (drop.expected) {
      row({both("应到时间", "Expected"),
           fmt::format(
               "{} {}", code(drop.expected->by),
               drop.expected->every_day
                   ? both("文件名所列日期起算，每日", "of the day in its name, every day")
                   : both("文件名所列日期起算，每个工作日", "of the day in its name, every working day"))});
    }
    end_table();
    paragraph(
        "{yyyyMMdd} 等为日期，{seq:N} 为N位数字；{name} 为来文件名，{stem} 为其去掉扩展名。24:00之后为次日。",
        "{yyyyMMdd} and the like are the day, {seq:N} a number of N digits; {name} is the incoming name, "
        "{stem} "
        "the same without its ending. 24:00 and later is the next day.");
    paragraph(
        fmt::format("未受理的文件留在 in，out 中的 文件名.error.txt 说明原因与办法；{} 分钟仍不完整也会说明。"
                    "整个文件被拒时，回盘即回执。",
                    drop.stale_minutes),
        fmt::format(
            "What is not taken stays in “in”, and NAME.error.txt in “out” says why and what to do. So it is "
            "with a file that is not complete after {} minutes. A file that is refused as a whole has "
            "the receipt as its return file.",
            drop.stale_minutes));
  }

  static std::string completeness(const FileDrop& drop) {
    if (!drop.marker)
      return both("以其他名称（如 .tmp）上传，完整后改为约定的名称",
                  "upload it under another name (such as ….tmp) and rename it when it is whole");
    std::string words = fmt::format("{} {}",
                                    both("完整后另放一个标志文件，名称为文件名加上",
                                         "when it is whole, put a marker beside it: the same name with"),
                                    code(drop.marker->suffix));
    switch (drop.marker->holds) {
      case FileDrop::Marker::Holds::nothing:
        return words;
      case FileDrop::Marker::Holds::size:
        return words + both("；内容以文件字节数开头", "; its first word is the file's size in bytes");
      case FileDrop::Marker::Holds::sha256:
        return words + both("；内容以文件的SHA-256开头，同 sha256sum 所写",
                            "; its first word is the file's SHA-256, as sha256sum writes it");
    }
    return words;
  }

  void overview() {
    heading("messages", "报文", "Messages");
    begin_table({{"报文", "Message"}, {"名称", "Name"}, {"方向", "Direction"}, {"交易码", "Type code"}});
    for (const SampledMessage& each : messages_) {
      const MessageSpec& spec = spec_of(each.map->kind);
      row({link(spec.name, spec.name), both(spec.record->zh, spec.record->en), direction(*each.map),
           code(each.map->code)});
    }
    end_table();
  }

  static std::string direction(const MessageMap& map) {
    return map.from_partner ? both("贵方 → 网关", "you to the gateway")
                            : both("网关 → 贵方", "the gateway to you");
  }

  void one_message(const SampledMessage& message) {
    const MessageMap& map = *message.map;
    const MessageSpec& spec = spec_of(map.kind);
    add("<h3 id=\"{0}\">{1} <code>{0}</code></h3>\n<p>{2} · {3} {4}</p>\n", spec.name,
        both(spec.record->zh, spec.record->en), direction(map), both("交易码", "type code"), code(map.code));
    if (const auto deadlines = deadlines_of(map.kind); !deadlines.empty()) {
      out_ += "<ul>\n";
      for (const DeadlineWords& each : deadlines)
        add("<li>{}: {}</li>\n", html_escaped(each.rules), both(each.zh, each.en));
      out_ += "</ul>\n";
    }
    if (!map.header.slots.empty()) places({"报文头", "Header"}, places_of(map.header));
    places({"正文", "Body"}, places_of(map.body, map.groups));
    for (const Group& group : map.groups) rows_of(map, group);
    for (const SampleDocument& sample : message.samples) show(map, sample);
    if (!map.from_partner) return;
    add("<p>{}: ", both("可能的审核意见", "Findings that it can get"));
    std::string_view between;
    for (const FindingCode each : findings_of(map.kind)) {
      add("{}{}", between, finding_link(each));
      between = ", ";
    }
    out_ += "</p>\n";
  }

  void rows_of(const MessageMap& map, const Group& group) {
    const FieldSpec& field = map.body.record->fields[group.field];
    std::string where = group.name;
    if (const auto* segments = std::get_if<Group::Segments>(&group.where)) {
      where = fmt::format("{} {} + {} × 0…{}", profile_.fixed.delimiter ? "column" : "byte",
                          segments->offset + 1, segments->width, group.times - 1);
    } else if (const auto* tagged = std::get_if<Group::Tagged>(&group.where)) {
      where = fmt::format("“{}”", tagged->tag);
    }
    add("<p>{} {}, {}</p>\n",
        both(fmt::format("重复组 {}：", field.zh), fmt::format("Rows of {}:", field.en)), code(where),
        both(fmt::format("{}至多 {} 行", group.required ? "至少 1 行，" : "", group.times),
             fmt::format("{}at most {} rows", group.required ? "at least one, " : "", group.times)));
    places({"每行", "Each row"}, places_of(group.rows));
  }

  void places(Title title, const std::vector<PlacedValue>& places) {
    if (places.empty()) return;
    const bool flat = std::ranges::any_of(
        places, [](const PlacedValue& place) { return !std::holds_alternative<Leaf>(place.slot->place); });
    out_ += "<div class=\"wide\"><table><thead><tr>";
    add("<th>{}: {}</th><th>{}</th><th>{}</th>", both(title.first, title.second), both("位置", "Place"),
        both("栏目", "Field"), both("形式", "Form"));
    if (flat) add("<th>{}</th><th>{}</th>", both("宽", "Width"), both("填充", "Padding"));
    add("<th>{}</th></tr></thead><tbody>\n", both("必填", "Required"));
    for (const PlacedValue& place : places) {
      add("<tr><td>{}</td><td>{}</td><td>{}</td>", code(place_text(place)), field_cell(place),
          form_cell(place));
      if (flat) add("<td>{}</td><td>{}</td>", width_of(place), padding_of(place));
      add("<td>{}</td></tr>\n",
          place.required || place.holds == PlacedValue::Holds::seal ? "<span class=\"must\">✓</span>" : "");
    }
    end_table();
  }

  static std::string field_cell(const PlacedValue& place) {
    using Holds = PlacedValue::Holds;
    switch (place.holds) {
      case Holds::field:
        return both(place.field->zh, place.field->en) + "<br>" + code(place.field->name);
      case Holds::sign:
        return both(fmt::format("{}的正负", place.field->zh), fmt::format("sign of {}", place.field->en));
      case Holds::lines:
        return both("回盘明细", "lines of the return file");
      case Holds::row_count:
        return both(fmt::format("{}的行数", place.field->zh), fmt::format("rows of {}", place.field->en));
      case Holds::constant:
        return both("固定值", "constant");
      case Holds::type:
        return both("交易码", "type code");
      case Holds::filler:
        return both("填充", "filler");
      case Holds::body_length:
        return both("正文长度", "length of the body");
      case Holds::seal:
        return both("印鉴", "seal");
      case Holds::seal_key:
        return both("印鉴密钥编号", "id of the seal's key");
    }
    return {};
  }

  std::string form_cell(const PlacedValue& place) const {
    const CodeForm* form =
        place.holds == PlacedValue::Holds::field ? std::get_if<CodeForm>(&place.line->form) : nullptr;
    if (form == nullptr) return html_escaped(form_words(profile_, place));
    std::string cell = link("codes-" + form->map->name, form->map->name);
    for (const auto& [text, which] : form->map->read) {
      cell += fmt::format("<br>{} {}", code(text), html_escaped(form->map->list->codes[which.index].zh));
    }
    return cell;
  }

  static std::string width_of(const PlacedValue& place) {
    if (const auto* span = std::get_if<Span>(&place.slot->place)) return std::to_string(span->width);
    const auto* column = std::get_if<Column>(&place.slot->place);
    return column == nullptr || column->width == 0 ? "" : std::to_string(column->width);
  }

  static std::string padding_of(const PlacedValue& place) {
    if (width_of(place).empty()) return {};
    const Padding& padding = place.slot->padding;
    return fmt::format("{} {}",
                       padding.side == Padding::Side::left ? both("左补", "left") : both("右补", "right"),
                       padding.byte == ' ' ? both("空格", "spaces") : code(std::string(1, padding.byte)));
  }

  void show(const MessageMap& map, const SampleDocument& sample) {
    const bool good = sample.findings.empty();
    add("<p>{} {}</p>\n<pre>{}</pre>\n", good ? both("样例", "Sample") : both("错误样例", "Bad sample"),
        code(sample.name), shown_sample(profile_, map, sample));
    if (good) return;
    out_ += "<ul>\n";
    for (const Finding& finding : sample.findings) {
      add("<li>{} {}: {}</li>\n", finding_link(finding.code), code(finding.place),
          both(text_zh(finding), text_en(finding)));
    }
    out_ += "</ul>\n";
  }

  void code_lists() {
    heading("codes", "代码", "Codes");
    for (const CodeMap& map : profile_.codes) {
      add("<h3 id=\"codes-{0}\"><code>{0}</code></h3>\n", html_escaped(map.name));
      begin_table({{"代码", "Code"}, {"含义", "Meaning"}, {"用于", "Used"}});
      for (const auto& [text, which] : map.read) {
        const CodeSpec& spec = map.list->codes[which.index];
        row({code(text), both(spec.zh, spec.en),
             map.written[which.index] == text ? both("读、写", "read and written")
                                              : both("仅读", "read only")});
      }
      end_table();
    }
  }

  void findings() {
    heading("findings", "审核意见", "Findings");
    paragraph("回执列出全部意见，每条有代码、位置与说明。花括号处填入实际数值。规则的数值以现行办法为准。",
              "A receipt lists every finding at once, each with its code, place and text. Values stand where "
              "the braces are. "
              "The numbers of rules are those of the programme in force.");
    std::vector<FindingCode> codes;
    for (const MessageMap& map : profile_.messages) {
      if (map.from_partner) std::ranges::copy(findings_of(map.kind), std::back_inserter(codes));
    }
    std::ranges::sort(codes);
    const auto repeated = std::ranges::unique(codes);
    codes.erase(repeated.begin(), repeated.end());
    begin_table({{"代码", "Code"},
                 {"说明", "Text"},
                 {"依据", "Clause"},
                 {"同号可重发", "Same id again"},
                 {"怎么办", "Remedy"}});
    for (const FindingCode each : codes) {
      const FindingSpec& spec = spec_of(each);
      const Remedy& remedy = remedy_for(each);
      row({fmt::format("<span id=\"finding-{0}\">{0}</span> {1}", static_cast<int>(each), code(spec.name)),
           both(spec.zh, spec.en), html_escaped(spec.clause),
           spec.may_resend ? both("可", "yes") : both("否", "no"), both(remedy.zh, remedy.en)});
    }
    end_table();
  }

  void parts() {
    heading("files", "文件", "Files");
    paragraph("供程序使用的部分，以 GET /v1/contract?part=文件名 取得：",
              "The parts for programs; each is had by GET /v1/contract?part=NAME:");
    begin_table({{"文件", "File"}, {"媒体类型", "Media type"}, {"字节", "Bytes"}});
    for (const ContractFile& file : files_)
      row({code(file.name), code(file.media_type), std::to_string(file.bytes.size())});
    end_table();
  }

  const Profile& profile_;
  const std::vector<SampledMessage>& messages_;
  const std::vector<ContractFile>& files_;
  std::string out_;
};

}  // namespace

ContractFile page(const Profile& profile, const std::vector<SampledMessage>& messages,
                  const std::vector<ContractFile>& files) {
  return {std::string(contract_page), "text/html; charset=UTF-8",
          PageWriter(profile, messages, files).write()};
}

}  // namespace loangate::adapters
