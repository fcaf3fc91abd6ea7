#include "delivery/failure.hpp"

#include <fmt/format.h>

namespace loangate::delivery {
namespace {

constexpr FailureSpec specs[failure_count] = {
    {"unwritable", "write", "无法写成对方的格式", "it cannot be written in the partner's format",
     "delivery-unwritable", "在投递详情中查看是哪个字段；修改对方的接入配置或更正数据后重放",
     "see in the delivery which field it is; change the partner's profile or correct the data, then replay"},
    {"unsealed", "write", "无法加盖印鉴", "it cannot be sealed", "delivery-unsealed",
     "检查该机构印鉴密钥是否在有效期内且可读取，重新载入配置后会自动重发",
     "see that the partner's seal key is in force and readable, and reload: it goes again by itself"},
    {"unreached", "connect", "无法连接对方：地址、网络或 TLS 握手",
     "no connection: address, network or TLS handshake", "delivery-unreached",
     "对该机构做连接测试，看停在哪一步；连通后会自动重发",
     "run the connection test of the partner and see at which step it stops: once it passes they go by "
     "themselves"},
    {"no_answer", "answer", "已发出，未收到完整应答：对方可能已收到",
     "sent, and no whole answer came: the partner may have it", "delivery-no-answer",
     "先向对方核实是否已收到（以投递编号为准）；指令类报文未核实前不要重放",
     "ask the partner first whether it has it, by the delivery's id; do not replay an instruction before you "
     "know"},
    {"outage", "answer", "对方答复系统故障（HTTP 5xx）",
     "the partner answers that it is in trouble (HTTP 5xx)", "delivery-outage",
     "联系对方运维；对方恢复后会自动重发",
     "call the partner's operations: once it has recovered they go by themselves"},
    {"nonsense", "answer", "对方的应答不符合其接入配置，无法辨认",
     "the partner's answer is no acknowledgement of its profile", "delivery-nonsense",
     "在投递详情中查看对方应答原文；对方或接入配置改正后重放",
     "see the partner's own bytes in the delivery; replay when the partner or its profile is put right"},
    {"refused", "answer", "对方明确拒收", "the partner refuses it", "delivery-refused",
     "按对方给出的理由处理；对方可以接收后重放，确不需要则撤下",
     "go by the reason that the partner gives; replay when it will take it, or withdraw what is not needed"},
    {"never_came", "send", "对方称未收到，将再次发送", "the partner says that it never came: it goes again",
     "delivery-never-came", "会自动重发；若反复出现，请对方检查其接收登记",
     "it goes again by itself; if it comes back again and again, have the partner look at its register"},
    {"unrecorded", "unknown", "已发出，结果尚无记录：可能正在途中",
     "sent, and what became of it is not on record: it may be under way", "delivery-unrecorded",
     "一分钟后再看；仍在则先向对方核实是否已收到，再重放或撤下",
     "look again in a minute; if it is still here ask the partner whether it has it, then replay or "
     "withdraw"},
    {"other", "unknown", "失败时尚无分类", "it failed before failures had classes", "delivery-other",
     "在投递详情中查看原因和历史", "see its reason and history in the delivery"},
};

}  // namespace

const FailureSpec& spec_of(Failure failure) {
  return specs[static_cast<std::size_t>(failure)];
}

std::string stamped(Failure failure, std::string_view text) {
  return fmt::format("[{}] {}", spec_of(failure).code, text);
}

Failure failure_of(std::string_view reason) {
  for (std::size_t i = 0; i < failure_count; ++i) {
    const std::string_view code = specs[i].code;
    if (reason.size() > code.size() + 1 && reason.front() == '[' && reason[code.size() + 1] == ']' &&
        reason.substr(1, code.size()) == code) {
      return static_cast<Failure>(i);
    }
  }
  return Failure::other;
}

std::string_view words_of(std::string_view reason) {
  const Failure failure = failure_of(reason);
  if (failure == Failure::other && !reason.starts_with("[other]")) return reason;
  reason.remove_prefix(spec_of(failure).code.size() + 2);
  if (reason.starts_with(' ')) reason.remove_prefix(1);
  return reason;
}

}  // namespace loangate::delivery
