"""What columns are commonly called, in a few languages: the words by which `curate init` knows their roles."""

from __future__ import annotations

import re

ROLES = ("question", "answer", "context", "label", "group", "system")
"""What a column of questions and answers may be; `group` holds together what must not be split."""
DIALOGUE = ("messages", "conversation", "turn", "role", "content")
"""What a column of conversations may be: whole ones, or the parts of a table with a turn in each record."""

_WORDS = {
    "question": "question questions query queries prompt instruction user input utterance message q ask "
    "frage fragen anfrage pregunta preguntas consulta pergunta perguntas questão domanda domande вопрос soru "
    "প্রশ্ন প্রশ্নসমূহ प्रश्न सवाल 问题 提问 问 問題 質問 질문 سؤال السؤال أسئلة",
    "answer": "answer answers response responses reply completion output assistant target solution a "
    "antwort antworten réponse reponse réponses respuesta respuestas resposta respostas risposta ответ cevap "
    "উত্তর উত্তরসমূহ जवाब उत्तर 答案 回答 答 回复 解答 답변 جواب الجواب إجابة الإجابة",
    "context": "context contexts passage passages document documents evidence paragraph article background knowledge "
    "kontext abschnitt dokument textstelle contexte passagecontexte document contexto pasaje documento passagem "
    "contesto প্রসঙ্গ অনুচ্ছেদ संदर्भ अनुच्छेद 上下文 背景 文章 段落 材料 سياق السياق فقرة",
    "label": "label labels category categories intent class topic topics type tag thema kategorie klasse étiquette "
    "catégorie categorie thème sujet categoría categoria etiqueta tema assunto বিষয় বিভাগ শ্রেণী विषय श्रेणी "
    "类别 标签 分类 主题 تصنيف فئة موضوع",
    "text": "text content sentence body texte texto 文本 内容 টেক্সট পাঠ पाठ نص النص",
    "group": "group groupid case caseid documentid docid articleid paperid contextid conversationid dialogueid "
    "dialogid threadid sessionid chatid ticketid userid authorid author patientid customerid title url gruppe "
    "fallnummer autor auteur dokumentid",
    "system": "system systemprompt systemmessage",
    "conversation": "conversationid conversation dialogueid dialogid dialogue dialog threadid thread sessionid chatid "
    "chat ticketid",
    "turn": "turn turnid turnindex turnnumber turnno index position order step seq sequence messageid utteranceid",
    "role": "role from speaker sender author rolle rôle rol",
    "content": "content text message value utterance body inhalt contenu contenido",
}
_PLAIN = re.compile(r"[\W_]+")
_ASIDE = re.compile(r"[(\[（].*?[)\]）]")


def plain(name: str) -> str:
    """Letters and digits of the name, in lower case."""
    return _PLAIN.sub("", name.lower())


KNOWN = {role: tuple(map(plain, words.split())) for role, words in _WORDS.items()}


def called(name: str, role: str) -> bool:
    """Whether the name, with or without what it says in brackets, is a common one for the role."""
    return plain(name) in KNOWN[role] or plain(_ASIDE.sub("", name)) in KNOWN[role]
