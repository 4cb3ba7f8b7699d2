using System.Text;

namespace MetaCollector.Silo.Hosting;

/// <summary>Writes responses directly: ASP.NET's handling of a handler's result compiles expressions and loads MVC.</summary>
internal static class Responses
{
    public static async Task WriteTextAsync(
        this HttpContext context, string text, string contentType = "text/plain; charset=utf-8", int status = StatusCodes.Status200OK)
    {
        var body = Encoding.UTF8.GetBytes(text);
        (context.Response.StatusCode, context.Response.ContentType, context.Response.ContentLength) = (status, contentType, body.Length);
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>A part of the path that the route names.</summary>
    public static string FromPath(this HttpContext context, string name) => (string)context.Request.RouteValues[name]!;
}
