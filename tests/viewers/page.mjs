// Opens pages as their readers do and says what is wrong with them, one line
// each; nothing wrong, nothing said, status 0.
//   page.mjs valid FILE...    html-validate, its recommended rules
//   page.mjs axe FILE...      axe-core in Chromium: light, dark, and on paper
//   page.mjs paper FILE...    prints FILE.pdf
//   page.mjs still FILE...    asks for nothing, runs nothing, complains of
//                             nothing, and fits into a phone's width
import {createServer} from 'node:http';
import {readFileSync} from 'node:fs';
import {basename} from 'node:path';

const [what, ...files] = process.argv.slice(2);
let wrong = 0;
const tell = (file, text) => {
	console.log(`${basename(file)}: ${text}`);
	wrong++;
};

async function valid(file) {
	const {HtmlValidate, StaticConfigLoader} =
		await import('html-validate');
	const judge = new HtmlValidate(new StaticConfigLoader(
		{root: true, extends: ['html-validate:recommended']}));
	const report = await judge.validateString(
		readFileSync(file, 'utf8'), file);
	for (const {messages} of report.results)
		for (const m of messages)
			tell(file, `${m.line}:${m.column} ${m.ruleId}: ` +
				m.message);
}

// One server is the whole internet: every name leads to it, and it keeps
// what was asked of it.
async function internet(body) {
	const asked = [];
	const server = createServer((request, response) => {
		asked.push(`${request.headers.host}${request.url}`);
		response.setHeader('content-type', 'text/html');
		response.end(body);
	});
	await new Promise(done => server.listen(0, '127.0.0.1', done));
	return {asked, server, port: server.address().port};
}

async function chromium(port) {
	const {default: puppeteer} = await import('puppeteer-core');
	return puppeteer.launch({
		executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
		args: ['--no-sandbox', '--disable-gpu',
			'--disable-background-networking',
			'--disable-component-update', '--no-first-run',
			`--host-resolver-rules=MAP * 127.0.0.1:${port}`],
	});
}

async function axe(file, browser, url) {
	const source = readFileSync(
		new URL('node_modules/axe-core/axe.min.js', import.meta.url),
		'utf8');
	for (const [scheme, media] of
		[['light', 'screen'], ['dark', 'screen'], ['light', 'print']]) {
		const page = await browser.newPage();
		await page.emulateMediaType(media);
		await page.emulateMediaFeatures(
			[{name: 'prefers-color-scheme', value: scheme}]);
		await page.goto(url);
		await page.evaluate(source);
		const found = await page.evaluate('axe.run(document)');
		if (found.passes.length < 10)
			tell(file, `axe looked at ${found.passes.length} rules`);
		for (const {id, help, nodes} of found.violations)
			tell(file, `${scheme} ${media}: ${id}: ${help}: ` +
				nodes[0].html.slice(0, 200));
		await page.close();
	}
}

async function paper(file, browser, url) {
	const page = await browser.newPage();
	await page.goto(url);
	await page.pdf({path: `${file}.pdf`, preferCSSPageSize: true,
		printBackground: true});
	await page.close();
}

async function still(file, browser, url, asked) {
	const page = await browser.newPage();
	const requests = [];
	page.on('request', r => requests.push(r.url()));
	page.on('console', m => tell(file, `console: ${m.text()}`));
	page.on('pageerror', e => tell(file, `error: ${e.message}`));
	page.on('dialog', d => {
		tell(file, `dialog: ${d.message()}`);
		d.dismiss();
	});
	await page.setViewport({width: 360, height: 740});
	await page.goto(url, {waitUntil: 'networkidle0'});
	await page.evaluate('document.querySelectorAll("details")' +
		'.forEach(d => { d.open = true; })');
	for (const r of requests.slice(1))
		tell(file, `asks for ${r}`);
	// Chromium itself calls home, whatever it shows; what the page asks
	// for there stands in requests.
	const of_page = asked.filter(a =>
		!/^[a-z0-9.-]+\.(google|googleapis)\.com\//.test(a));
	if (of_page.join() !== 'report.example/')
		tell(file, `on the wire: ${of_page.join(' ')}`);
	const scripts = await page.evaluate('document.scripts.length');
	if (scripts > 0)
		tell(file, `has ${scripts} scripts`);
	const wide = await page.evaluate('document.documentElement.scrollWidth');
	if (wide > 360)
		tell(file, `is ${wide} pixels wide on a phone of 360`);
	await page.close();
}

for (const file of files) {
	if (what === 'valid') {
		await valid(file);
		continue;
	}
	const net = await internet(readFileSync(file));
	const browser = await chromium(net.port);
	const url = 'http://report.example/';
	try {
		if (what === 'axe')
			await axe(file, browser, url);
		else if (what === 'paper')
			await paper(file, browser, url);
		else
			await still(file, browser, url, net.asked);
	} finally {
		await browser.close();
		net.server.close();
	}
}
process.exit(wrong === 0 ? 0 : 1);
