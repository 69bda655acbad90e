// A certified OpenID provider on loopback, for the tests of signing in: whoever names themselves is believed, without a password.
// Settings come as JSON in the first argument: port, client, redirect addresses, people, and by how many seconds the clock is off.
import { Provider } from 'oidc-provider';

const settings = JSON.parse(process.argv[2]);
const now = Date.now;
Date.now = () => now() + settings.clock * 1000;

const issuer = `http://localhost:${settings.port}`;
const provider = new Provider(issuer, {
  clients: settings.clients,
  cookies: { keys: ['of the tests alone'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups', 'org'] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: true },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true },
  },
  clientAuthMethods: ['client_secret_basic', 'private_key_jwt', 'none'],
  async findAccount(_, id) {
    const known = settings.people[id];
    return known && { accountId: id, claims: async () => ({ sub: id, ...known }) };
  },
});
provider.listen(settings.port, '127.0.0.1', () => console.log('listening'));
