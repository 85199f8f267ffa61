"""Asks `transformers` what texts chat templates make of conversations and writes them to `chat.json`, next to this file.

    pip install transformers==5.24.0 jinja2
    python chat.py

The templates were written for this project, in the manner of those that models come with.
"""

import datetime
import json
import pathlib

from transformers.utils import chat_template_utils

HERE = pathlib.Path(__file__).parent
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}
NOW = datetime.datetime(2026, 3, 9, 14, 5, 6)


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


TEMPLATES = {
    "marks": "{% for message in messages %}{{'<|begin|>' + message['role'] + '\\n' + message['content'] + '<|end|>' + '\\n'}}"
             "{% endfor %}{% if add_generation_prompt %}{{ '<|begin|>assistant\\n' }}{% endif %}",
    "lines": """{{- bos_token }}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "[system]\\n" + strftime_now("%d %b %Y %H:%M") + "\\n" + system_message + "[end]" }}
{% for message in messages %}
    {%- if loop.last and message.role == 'user' %}
        {{- '(last) ' }}
    {%- endif %}
    {{- '[' + message['role'] + ']\\n\\n'+ message['content'] | trim + '[end]' }}
{% endfor %}
{%- if add_generation_prompt %}
    {{- '[assistant]\\n\\n' }}
{%- endif %}
""",
    "strict": """{{ bos_token }}
{% if messages[0]['role'] == 'system' %}
    {{ raise_exception('System role not supported') }}
{% endif %}
{% for message in messages %}
    {% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
        {{ raise_exception('roles must alternate') }}
    {% endif %}
    {% if message['role'] == 'assistant' %}
{% generation %}
{{ message['content'] + eos_token }}
{% endgeneration %}
    {% else %}
        {{- '[Q] ' + message['content'].strip() + ' [/Q]' -}}
    {% endif %}
{% endfor %}
""",
    "namespace": """{%- set ns = namespace(found=false, count=0) -%}
{%- for m in messages -%}
{%- set ns.count = ns.count + 1 -%}
{%- if m.role not in ['system', 'user', 'assistant'] -%}{%- continue -%}{%- endif -%}
{%- if not ns.found and m.role == 'system' -%}{%- set ns.found = true -%}{%- endif -%}
{{ ns.count }}|{{ m | tojson }}|{{ m.content.split('\\n')[-1].lstrip('\\n') if '\\n' in m.content else m.content }}
{% endfor -%}
{%- macro tail(x) -%}{{ x }}{{ eos_token if eos_token is defined else '' }}{%- endmacro -%}
{{ tail('한') if ns.found else tail('글') }}{{ tools is none }}{{ undefined_thing }}
""",
}
USER = {"role": "user", "content": " 안녕? \n\"So\" "}
ANSWER = {"role": "assistant", "content": "그래요.\n<b>"}
SYSTEM = {"role": "system", "content": "Be short.  "}
BEGUN = {"role": "assistant", "content": "Let me think. "}
CONVERSATIONS = [
    ([USER], True), ([SYSTEM, USER], True), ([USER, ANSWER, USER], True), ([SYSTEM, USER, ANSWER, USER], True),
    ([USER, BEGUN], False), ([SYSTEM, USER, ANSWER, USER, BEGUN], False), ([USER, USER], True),
]


def main():
    chat_template_utils.datetime = Clock
    made = []
    for name, template in TEMPLATES.items():
        for messages, add_generation_prompt in CONVERSATIONS:
            def render(messages):
                texts, _ = chat_template_utils.render_jinja_template(
                    [messages], chat_template=template, add_generation_prompt=add_generation_prompt,
                    continue_final_message=not add_generation_prompt, **TOKENS)
                return texts[0]
            try:
                text = render(messages)
            except Exception:
                # As lm-eval: once more without the system message.
                try:
                    text = render([m for m in messages if m["role"] != "system"]) if messages[0] is SYSTEM else None
                except Exception:
                    text = None
            made.append({"template": name, "messages": messages, "add_generation_prompt": add_generation_prompt, "text": text})
    golden = {"templates": TEMPLATES, "tokens": TOKENS, "now": NOW.isoformat(), "rendered": made}
    (HERE / "chat.json").write_text(json.dumps(golden, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print(len(made), sum(m["text"] is None for m in made))


main()
