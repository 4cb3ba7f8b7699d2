using MetaCollector.ApiServer.Configuration;

namespace MetaCollector.ApiServer.Credentials;

/// <summary>Gives the credentials of requests. Thread-safe.</summary>
internal interface ICredentialSource
{
    /// <summary>The credentials that are valid now, as far as is known.</summary>
    /// <exception cref="ConnectionException">No credentials can be got.</exception>
    ValueTask<Credential> GetAsync(CancellationToken cancellation);

    /// <summary>The API server refused these credentials: the source gets new ones where it can.</summary>
    void Refused(Credential credential);
}

/// <summary>The credentials of a request. Immutable.</summary>
/// <param name="Authorization">The <c>Authorization</c> header; null for none.</param>
/// <param name="Certificate">A client certificate and its key; null for those of the settings, if any.</param>
internal sealed record Credential(string? Authorization, (PemText Certificate, PemText Key)? Certificate = null);

/// <summary>Credentials that never change: a token, a password, or none.</summary>
internal sealed class FixedCredentials(string? authorization) : ICredentialSource
{
    private readonly Credential _credential = new(authorization);

    public ValueTask<Credential> GetAsync(CancellationToken cancellation) => new(_credential);

    public void Refused(Credential credential)
    {
        // ApiServerAccess reads the kubeconfig anew.
    }
}
