using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Documents;

namespace MetaCollector.Simulator.Selectors;

/// <summary>A label selector as in <c>labelSelector=</c>: equality and sets, all terms must hold.</summary>
internal sealed class LabelSelector
{
    private readonly IReadOnlyList<Term> _terms;

    private LabelSelector(IReadOnlyList<Term> terms) => _terms = terms;

    /// <summary>Whether everything matches.</summary>
    public bool IsEmpty => _terms.Count == 0;

    /// <summary>Reads a selector.</summary>
    /// <exception cref="ApiException">It is malformed (400).</exception>
    public static LabelSelector Parse(string text)
    {
        var tokens = new LabelSelectorTokens(text);
        var terms = new List<Term>();
        while (!tokens.AtEnd)
        {
            terms.Add(ParseTerm(tokens));
            if (!tokens.AtEnd)
            {
                tokens.Expect(",");
                if (tokens.AtEnd)
                {
                    throw tokens.Fault("found '', expected: identifier after ','");
                }
            }
        }

        return new LabelSelector(terms);
    }

    public bool Matches(JsonMap labels)
    {
        foreach (var term in _terms)
        {
            var value = labels[term.Key]?.Text;
            var holds = term.Operator switch
            {
                Operator.In => value is not null && term.Values.Contains(value),
                Operator.NotIn => value is null || !term.Values.Contains(value),
                Operator.Exists => value is not null,
                _ => value is null,
            };
            if (!holds)
            {
                return false;
            }
        }

        return true;
    }

    private static Term ParseTerm(LabelSelectorTokens tokens)
    {
        if (tokens.Take("!"))
        {
            return new Term(tokens.Key(), Operator.Absent, []);
        }

        var key = tokens.Key();
        if (tokens.AtEnd || tokens.Peek(","))
        {
            return new Term(key, Operator.Exists, []);
        }

        if (tokens.Take("==") || tokens.Take("="))
        {
            return new Term(key, Operator.In, [tokens.Value()]);
        }

        if (tokens.Take("!="))
        {
            return new Term(key, Operator.NotIn, [tokens.Value()]);
        }

        var negated = tokens.TakeWord("notin");
        if (!negated && !tokens.TakeWord("in"))
        {
            throw tokens.Fault("expected one of: in, notin, =, ==, !=");
        }

        tokens.Expect("(");
        var values = new List<string> { tokens.Value() };
        while (tokens.Take(","))
        {
            values.Add(tokens.Value());
        }

        tokens.Expect(")");
        return new Term(key, negated ? Operator.NotIn : Operator.In, [.. values]);
    }

    private enum Operator
    {
        In,
        NotIn,
        Exists,
        Absent,
    }

    private sealed record Term(string Key, Operator Operator, string[] Values);
}
