using MetaCollector.Simulator.Api;

namespace MetaCollector.Simulator.Selectors;

/// <summary>Reads a label selector word by word.</summary>
internal sealed class LabelSelectorTokens(string text)
{
    private const string Special = "!=(),<> \t";
    private int _at;

    public bool AtEnd
    {
        get
        {
            SkipSpaces();
            return _at == text.Length;
        }
    }

    public bool Peek(string symbol)
    {
        SkipSpaces();
        return text.AsSpan(_at).StartsWith(symbol, StringComparison.Ordinal);
    }

    public bool Take(string symbol)
    {
        if (!Peek(symbol))
        {
            return false;
        }

        _at += symbol.Length;
        return true;
    }

    public bool TakeWord(string word)
    {
        var before = _at;
        if (Word() == word)
        {
            return true;
        }

        _at = before;
        return false;
    }

    public void Expect(string symbol)
    {
        if (!Take(symbol))
        {
            throw Fault($"expected '{symbol}'");
        }
    }

    public string Key()
    {
        var key = Word();
        if (key.Length == 0)
        {
            throw Fault("expected a label key");
        }

        var slash = key.IndexOf('/', StringComparison.Ordinal);
        var name = slash < 0 ? key : key[(slash + 1)..];
        return Api.Names.IsLabelValue(name) && name.Length > 0 && (slash < 0 || Api.Names.IsSubdomain(key[..slash]))
            ? key
            : throw Fault($"invalid label key \"{key}\"");
    }

    public string Value()
    {
        var value = Word();
        return Api.Names.IsLabelValue(value) ? value : throw Fault($"invalid label value: \"{value}\"");
    }

    public ApiException Fault(string why) =>
        ApiException.BadRequest($"unable to parse requirement: {why} (in \"{text}\" at {_at})");

    private string Word()
    {
        SkipSpaces();
        var start = _at;
        while (_at < text.Length && !Special.Contains(text[_at], StringComparison.Ordinal))
        {
            _at++;
        }

        return text[start.._at];
    }

    private void SkipSpaces()
    {
        while (_at < text.Length && text[_at] is ' ' or '\t')
        {
            _at++;
        }
    }
}
