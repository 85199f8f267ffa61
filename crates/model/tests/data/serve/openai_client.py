"""The `openai` package against the server: `python openai_client.py ADDRESS FOLDER`."""

import sys

import openai

client = openai.OpenAI(base_url=sys.argv[1] + "/v1", api_key="none", max_retries=0)


def completions():
    ask = dict(model="tiny", prompt="the capital", max_tokens=10, temperature=0, logprobs=2)
    answer = client.completions.create(**ask)
    logprobs = answer.choices[0].logprobs
    assert answer.usage.completion_tokens == len(logprobs.tokens) <= 10
    assert answer.choices[0].finish_reason in ("length", "stop")
    for own, top in zip(logprobs.token_logprobs, logprobs.top_logprobs):
        assert own == max(top.values())
    pieces = list(client.completions.create(**ask, stream=True, stream_options={"include_usage": True}))
    assert pieces[-1].usage == answer.usage and not pieces[-1].choices
    assert "".join(piece.choices[0].text for piece in pieces[:-1]) == answer.choices[0].text
    echo = client.completions.create(model="tiny", prompt=[[5, 6, 7], [8, 9]], max_tokens=1, echo=True, logprobs=1)
    assert [len(choice.logprobs.tokens) for choice in echo.choices] == [4, 3]
    assert [choice.logprobs.token_logprobs[0] for choice in echo.choices] == [None, None]
    extra = client.completions.create(**ask, extra_body={"return_token_ids": True, "return_tokens_as_token_ids": True})
    names = [f"token_id:{id}" for id in extra.choices[0].token_ids]
    assert extra.choices[0].logprobs.tokens == names


def chats():
    ask = dict(model="tiny", messages=[{"role": "system", "content": "짧게."}, {"role": "user", "content": "수도는?"}],
               max_completion_tokens=12, seed=3, logprobs=True, top_logprobs=2)
    answer = client.chat.completions.create(**ask)
    content = answer.choices[0].logprobs.content
    assert answer.choices[0].message.role == "assistant" and content and len(content[0].top_logprobs) == 2
    assert all(isinstance(token.bytes, list) for token in content)
    pieces = list(client.chat.completions.create(**ask, stream=True))
    text = "".join(piece.choices[0].delta.content or "" for piece in pieces)
    assert text == answer.choices[0].message.content
    again = client.chat.completions.create(**ask, n=2)
    assert again.choices[0].message.content == text, "the first of two is the only one of one"


def faults():
    try:
        client.completions.create(model="tiny", prompt="a", max_tokens=9999)
    except openai.BadRequestError as fault:
        assert fault.code == "context_length_exceeded" and "256" in fault.message
    else:
        raise AssertionError("a request that is too long was answered")
    try:
        client.completions.create(model="other", prompt="a")
    except openai.NotFoundError as fault:
        assert fault.code == "model_not_found"
    else:
        raise AssertionError("another model was answered")


assert [model.id for model in client.models.list()] == ["tiny"]
assert client.models.retrieve("tiny").id == "tiny"
completions()
chats()
faults()
print(f"openai {openai.__version__}: completions, chats, pieces and faults are read")
