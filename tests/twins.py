"""What people have, a value for each kind, and what is read of it: for the tests that want every dialect."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

Json = dict[str, Any]
ASK, SAY = {"role": "user", "content": "Ask."}, {"role": "assistant", "content": "Say."}
HUMAN, GPT = {"from": "human", "value": "Ask."}, {"from": "gpt", "value": "Say."}
NO = {"role": "assistant", "content": "No."}
TOOL = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}


def called(*calls: Json, **more: Any) -> Json:
    return {"role": "assistant", "content": None, "tool_calls": [*calls], **more}


def call(arguments: Any, **more: Any) -> Json:
    return {"type": "function", "function": {"name": "f", "arguments": arguments}, **more}


class Twin(NamedTuple):
    """A value, and what is read of it: a line a turn, or the reason that it is refused for, with its detail."""

    value: Any
    told: list[str]


# fmt: off
# ruff: noqa: E501
TWINS: dict[str, Twin] = {
    "openai, two calls at once": Twin(
        {"messages": [ASK, called(call('{"x": 1}', id="c1", index=0), call('{"x": 2}', id="c2")),
                      {"role": "tool", "tool_call_id": "c1", "content": "3"},
                      {"role": "tool", "tool_call_id": "c2", "name": "f", "content": "4"},
                      {**SAY, "weight": 0, "audio": None}], "tools": [TOOL], "parallel_tool_calls": True},
        ["user: Ask.", 'assistant:  f{"x": 1}#c1 f{"x": 2}#c2', "tool #c1: 3", "tool f #c2: 4", "assistant *0: Say.",
         "tools f", "more parallel_tool_calls"]),
    "openai, functions": Twin(
        {"messages": [ASK, {"role": "assistant", "content": "", "function_call": {"name": "f", "arguments": "{}"}},
                      {"role": "function", "name": "f", "content": "3"}, SAY], "functions": [{"name": "f"}]},
        ["user: Ask.", "assistant:  f{}", "tool f: 3", "assistant: Say.", "tools f"]),
    "openai, refusal": Twin(
        {"messages": [ASK, {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}, ASK,
                      {"role": "assistant", "content": "x", "refusal": "Never."}]},
        ["user: Ask.", "assistant: No.", "user: Ask.", "assistant: x +refusal"]),
    "openai, a batch": Twin(
        {"custom_id": "c", "id": "1", "body": {"id": "2", "model": "m", "messages": [ASK, SAY]}},
        ["user: Ask.", "assistant: Say.", "more id, model, custom_id, body"]),
    "openai, a preference": Twin(
        {"input": {"messages": [ASK], "tools": [TOOL], "parallel_tool_calls": True},
         "preferred_output": [SAY], "non_preferred_output": [NO]},
        ["user: Ask.", "chosen assistant: Say.", "rejected assistant: No.", "tools f", "more parallel_tool_calls"]),
    "a call with text in a text": Twin(
        {"messages": [ASK, called(call('"{\\"x\\": 1}"'))]},
        ["user: Ask.", 'assistant:  f{"x": 1}', "note turn 2: f: arguments that are text in a text"]),
    "calls in columns of a union": Twin(
        {"messages": [ASK, called({"function": {"name": "f", "arguments": None, "parameters": {"x": 1}, "strict": True}},
                                  {"name": "f", "arguments": {"x": 2}, "id": "c"})]},
        ["user: Ask.", 'assistant:  f{"x": 1} f{"x": 2}#c']),
    "a call of another kind": Twin(
        {"messages": [ASK, called({"id": "c", "type": "custom", "custom": {"name": "f", "input": "x"}})]},
        ["bad_tool_call: turn 2: a call of the type 'custom', expected 'function'"]),
    "anthropic": Twin(
        {"system": [{"type": "text", "text": "Be.", "cache_control": {"type": "e"}}], "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Ask.", "cache_control": {"type": "e"}}]},
            {"role": "assistant", "content": [{"type": "thinking", "thinking": "Hm.", "signature": "s"},
                                              {"type": "text", "text": "Wait."},
                                              {"type": "tool_use", "id": "t", "name": "f", "input": {"x": 1}}]},
            {"role": "user", "name": "Bo", "content": [
                {"type": "tool_result", "tool_use_id": "t", "is_error": True, "content": [{"type": "text", "text": "3", "k": 1}]},
                {"type": "text", "text": "Thanks."}]},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "u", "name": "f", "input": {}}]},
            {"role": "user", "mood": "m", "content": [{"type": "tool_result", "tool_use_id": "u", "content": "4"}]}, SAY],
         "tools": [{"name": "f", "input_schema": {"type": "object"}}]},
        ["system: Be. +content_parts", "user: Ask. +content_parts",
         'assistant: (Hm.) Wait. f{"x": 1}#t +content_parts', "tool #t: 3 +is_error, content_parts", "user Bo: Thanks.",
         "assistant:  f{}#u", "tool #u: 4 +around", "assistant: Say.", "tools f"]),
    "gemini": Twin(
        {"systemInstruction": {"parts": [{"text": "Be."}]},
         "contents": [{"role": "user", "parts": [{"text": "Ask."}]}, {"role": "model", "parts": [{"text": "Sa"}, {"text": "y."}]}]},
        ["system: Be.", "user: Ask.", "assistant: Say."]),
    "trl, kwargs and tools": Twin(
        {"prompt": [ASK], "completion": [{**SAY, "reasoning_content": "Hm."}], "tools": [TOOL],
         "chat_template_kwargs": {"enable_thinking": False}},
        ["user: Ask.", "assistant: (Hm.) Say.", "tools f", 'options {"enable_thinking":false}']),
    "kwargs as text": Twin(
        {"messages": [ASK, SAY], "chat_template_kwargs": '{"enable_thinking": false}', "tools": json.dumps([TOOL])},
        ["user: Ask.", "assistant: Say.", "tools f", 'options {"enable_thinking":false}']),
    "gpt-oss": Twin(
        {"reasoning_language": "en", "messages": [{"role": "developer", "content": "Be."}, ASK,
                                                  {**SAY, "thinking": "Hm.", "channel": "final"}]},
        ["system: Be.", "user: Ask.", "assistant: (Hm.) Say. +channel", "more reasoning_language"]),
    "two reasonings": Twin(
        {"messages": [ASK, {**SAY, "thinking": "Hm.", "reasoning": "No."}]},
        ["not_text: turn 2: two different reasonings"]),
    "axolotl": Twin(
        {"messages": [{**ASK, "train": False}, {**SAY, "train": False}, ASK, {**SAY, "training": True}]},
        ["user *0: Ask.", "assistant *0: Say.", "user: Ask.", "assistant *1: Say."]),
    "a part of a turn": Twin(
        {"messages": [ASK, {**SAY, "train_detail": [{"begin": 0, "end": 1, "train": False}]}]},
        ["not_text: turn 2: train_detail, which learns a part of a turn"]),
    "weights that contradict": Twin(
        {"messages": [ASK, {**SAY, "weight": 0, "train": True}]},
        ["bad_weight: turn 2: weight, train contradict each other"]),
    "half a weight": Twin(
        {"messages": [ASK, {**SAY, "weight": 0.5}]}, ["bad_weight: turn 2: weight is 0.5"]),
    "ms-swift, query": Twin(
        {"query": "Ask.", "response": "Say.", "history": [["One?", "Two."]], "system": "Be.", "images": [], "objects": {"b": [1]}},
        ["system: Be.", "user: One?", "assistant: Two.", "user: Ask.", "assistant: Say.", "more objects"]),
    "ms-swift, loss": Twin(
        {"messages": [{**ASK, "loss": False}, {**SAY, "loss": False}, {**ASK, "loss_weight": 1.0}, {**SAY, "loss": True}]},
        ["user *0: Ask.", "assistant *0: Say.", "user *1: Ask.", "assistant *1: Say."]),
    "llama-factory, alpaca": Twin(
        {"instruction": "Add.", "input": "1 and 2", "output": "3", "system": "Be.", "history": [["One?", "Two."]]},
        ["system: Be.", "user: One?", "assistant: Two.", "user: Add.\n1 and 2", "assistant: 3"]),
    "llama-factory, a preference": Twin(
        {"conversations": [HUMAN], "chosen": GPT, "rejected": {"from": "gpt", "value": "No."}, "system": "Be."},
        ["system: Be.", "user: Ask.", "chosen assistant: Say.", "rejected assistant: No."]),
    "llama-factory, two outputs": Twin(
        {"instruction": "Add.", "input": "1 and 2", "output": ["3", "4"], "history": [["One?", "Two."]]},
        ["user: One?", "assistant: Two.", "user: Add.\n1 and 2", "chosen assistant: 3", "rejected assistant: 4"]),
    "llama-factory, kto": Twin(
        {"messages": [ASK, SAY], "kto_tag": False}, ["user: Ask.", "rejected assistant: Say."]),
    "trl, kto": Twin({"prompt": "Ask.", "completion": "Say.", "label": True, "n": 1},
                     ["user: Ask.", "chosen assistant: Say.", "more n"]),
    "trl, explicit": Twin({"prompt": "Ask.", "chosen": "Say.", "rejected": "No.", "margin": 1.5},
                          ["user: Ask.", "chosen assistant: Say.", "rejected assistant: No.", "more margin"]),
    "trl, implicit": Twin({"chosen": [ASK, {**SAY, "n": 1}], "rejected": [ASK, NO]},
                          ["user: Ask.", "chosen assistant: Say. +n", "rejected assistant: No."]),
    "hh": Twin({"chosen": "\n\nHuman: Ask.\n\nAssistant: Say.", "rejected": "\n\nHuman: Ask.\n\nAssistant: No."},
               ["user: Ask.", "chosen assistant: Say.", "rejected assistant: No."]),
    "nectar": Twin(
        {"prompt": "\n\nHuman: Ask.\n\nAssistant: ", "answers": [{"answer": "No.", "rank": 3.0, "model": "a"},
            {"answer": "So.", "rank": 2.0}, {"answer": "Say.", "rank": 1.0}], "turns": 1},
        ["user: Ask.", "chosen assistant: Say.", "rejected assistant: No.", "more answers, turns"]),
    "ultrafeedback": Twin(
        {"instruction": "Ask.", "completions": [{"model": "m", "response": "Say.", "overall_score": 7.5, "critique": "c"},
                                                {"model": "n", "response": "No.", "overall_score": 3}]},
        ["user: Ask.", "chosen assistant: Say.", "rejected assistant: No.", "more completions"]),
    "sharegpt with everything": Twin(
        {"conversations": [{**HUMAN, "markdown": None, "n": 1},
                           {"from": "function_call", "value": '{"name": "f", "arguments": {"x": 1}, "why": 3}'},
                           {"from": "observation", "value": "4"}, {**GPT, "weight": 1}],
         "system": "Be.", "tools": '[{"name": "f", "parameters": {}}]', "items": 3},
        ["system: Be.", "user: Ask. +n", 'assistant:  f{"x": 1}', "tool: 4", "assistant *1: Say.", "tools f", "more items"]),
    "a system twice": Twin(
        {"conversations": [{"from": "system", "value": "Be."}, HUMAN, GPT], "system": "Do.", "system_prompt": "Go."},
        ["system: Be.", "user: Ask.", "assistant: Say.", "more system, system_prompt"]),
    "an empty system": Twin(
        {"messages": [{"role": "system", "content": "", "n": 1}, ASK, SAY]},
        ["user: Ask.", "assistant: Say.", 'note turn 1: an empty system turn was left out, and with it  {"n":1}']),
    "a role that is unknown": Twin({"messages": [{"role": "narrator", "content": "x"}, ASK, SAY]},
                                   ["unknown_role: turn 1: 'narrator'"]),
    "an image": Twin(
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "u"}}]}, SAY]},
        ["not_text: turn 1: a part that is image_url"]),
    "images beside": Twin({"messages": [ASK, SAY], "images": ["u.png"]},
                          ["more messages, images", "not_text: images: list, which no text model learns"]),
    "parts under other names": Twin(
        {"messages": [{"role": "user", "content": [{"type": "text", "value": "A"}, {"type": "input_text", "text": "sk."}]},
                      {"role": "assistant", "content": {"content_type": "text", "parts": ["Sa", "y."]}}]},
        ["user: Ask.", "assistant: Say. +content_parts"]),
    "parts on both sides": Twin(
        {"prompt": [{"type": "text", "text": "Ask.", "n": 1}], "completion": {"text": "Say.", "finish": "stop"}},
        ["user: Ask. +content_parts", "assistant: Say. +content_parts"]),
    "oasst": Twin(
        {"message_tree_id": "m", "prompt": {"text": "Ask.", "role": "prompter", "lang": "en", "replies": [
            {"text": "No.", "role": "assistant", "rank": 1, "replies": []},
            {"text": "Say.", "role": "assistant", "rank": 0, "labels": {"quality": {"value": 0.9}}, "replies": []}]}},
        ["user: Ask. +lang", "assistant: Say. +rank, labels", "more message_tree_id",
         "note 1 replies that are not on the best path were left out"]),
    "ultrachat": Twin({"id": "0", "data": ["Ask.", "Say.", "One?", "Two."]},
                      ["user: Ask.", "assistant: Say.", "user: One?", "assistant: Two.", "more id"]),
    "arrays of arrays": Twin({"conversations": [["Ask.", "Say."], ["One?", "Two."]]},
                             ["user: Ask.", "assistant: Say.", "user: One?", "assistant: Two."]),
    "xtuner": Twin(
        {"conversation": [{"system": "Be.", "input": "Ask.", "output": "Say."},
                          {"input": "One?", "output": "Two.", "output_with_loss": False, "need_eos_token": True}]},
        ["system: Be.", "user: Ask.", "assistant: Say.", "user: One?", "assistant *0: Two. +need_eos_token"]),
    "json in a cell": Twin({"messages": json.dumps([{**ASK, "n": 1}, SAY])}, ["user: Ask. +n", "assistant: Say."]),
    "a list for each key": Twin({"messages": {"role": ["user", "assistant"], "content": ["Ask.", "Say."], "n": [1, 2]}},
                                ["user: Ask. +n", "assistant: Say. +n"]),
    "xlam": Twin(
        {"query": "Ask.", "answers": '[{"name": "f", "arguments": {"x": 1}}]', "tools": '[{"name": "f", "parameters": {}}]'},
        ["user: Ask.", 'assistant:  f{"x": 1}', "tools f"]),
    "question, answer, context": Twin({"question": "Ask.", "answer": "Say.", "context": "Text.", "page": "9"},
                                      ["user: Text.\n\nAsk.", "assistant: Say.", "more page"]),
    "dolly": Twin({"instruction": "Ask.", "context": "Text.", "response": "Say.", "category": "qa"},
                  ["user: Text.\n\nAsk.", "assistant: Say.", "more category"]),
    "gsm8k": Twin({"question": "Ask.", "answer": "Two.\n#### 2"}, ["user: Ask.", "assistant: Two.\n#### 2"]),
    "two forms at once": Twin(
        {"messages": [ASK, SAY], "conversations": [HUMAN], "prompt": "p", "completion": "c", "text": "t"},
        ["user: Ask.", "assistant: Say.", "more conversations, prompt, completion, text"]),
    "keys in capitals": Twin({"Instruction": "Ask.", "Output": "Say.", "System": "Be."},
                             ["system: Be.", "user: Ask.", "assistant: Say."]),
    "rendered": Twin({"text": "<s>[INST] Ask. [/INST] Say. </s>"},
                     ["more text", "rendered_text: 32 characters: '<s>[INST] Ask. [/INST] Say. </s>'"]),
    "squad, flat": Twin(
        {"context": "Text.", "question": "Ask.", "answers": {"text": ["Te"], "answer_start": [0]}},
        ["more context, question, answers", "spans: answers by their offset in a context: curate build legal reads them"]),
}
# fmt: on
