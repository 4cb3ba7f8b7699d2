using MetaCollector.ApiServer.Configuration;

namespace MetaCollector.ApiServer.Credentials;

/// <summary>Signs requests in. Thread-safe.</summary>
internal interface ICredentialSource
{
    /// <summary>What is valid now, as far as is known.</summary>
    /// <exception cref="ConnectionException">There is none to be had.</exception>
    ValueTask<Credential> GetAsync(CancellationToken cancellation);

    /// <summary>The API server refused these: they are not given out again where there may be others.</summary>
    void Refused(Credential credential);
}

/// <summary>What signs a request in. Immutable.</summary>
/// <param name="Authorization">The header; null for none.</param>
/// <param name="Certificate">A client certificate and its key; null for that of the settings, if any.</param>
internal sealed record Credential(string? Authorization, (PemText Certificate, PemText Key)? Certificate = null);

/// <summary>Those that never change: a token, a password, or none.</summary>
internal sealed class FixedCredentials(string? authorization) : ICredentialSource
{
    private readonly Credential _credential = new(authorization);

    public ValueTask<Credential> GetAsync(CancellationToken cancellation) => new(_credential);

    public void Refused(Credential credential)
    {
        // The file that they stand in is read anew by whoever knows it.
    }
}
