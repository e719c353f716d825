"""Trees of replies (OpenAssistant): one conversation, along the best reply of each turn."""

from __future__ import annotations

from curation.readers.contents import Json


def is_tree(given: Json) -> bool:
    """Whether `prompt` is a message with replies."""
    prompt = given.get("prompt")
    return isinstance(prompt, dict) and isinstance(prompt.get("replies"), list) and isinstance(prompt.get("text"), str)


def best_path(prompt: Json, notes: list[str]) -> list[Json]:
    """From the prompt down: of several replies the one of the least `rank`, the first where they have none.

    What is left out is noted. The path ends on an answer: a user's turn that nobody answered is left out, too.
    """
    path: list[Json] = []
    left, turn = 0, prompt
    while True:
        path.append({**_other_keys(turn), "role": turn.get("role"), "content": turn.get("text")})
        replies = [reply for reply in turn.get("replies") or () if isinstance(reply, dict) and not reply.get("deleted")]
        if not replies:
            break
        ranked = [reply for reply in replies if isinstance(reply.get("rank"), int)]
        left += len(replies) - 1
        turn = min(ranked, key=lambda reply: int(reply["rank"])) if ranked else replies[0]
    while len(path) > 1 and path[-1]["role"] == "prompter":
        path.pop()
        left += 1
    if left:
        notes.append(f"{left} replies that are not on the best path were left out")
    return path


def _other_keys(turn: Json) -> Json:
    return {key: value for key, value in turn.items() if key not in ("role", "text", "replies")}
